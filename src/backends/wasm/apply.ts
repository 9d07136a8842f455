import { type AppliedChange, applyPatches } from '../patch';
import { batchMatMul } from './batch-mat-mul';
import { convFilterGradient } from './conv-filter-gradient';
import { convInputGradient } from './conv-input-gradient';
import { depthwiseFilterGradient } from './depthwise-filter-gradient';
import { depthwiseInputGradient } from './depthwise-input-gradient';
import { fusedMatMul } from './fused-mat-mul';
import { maxPoolGradient } from './max-pool-gradient';
import { segmentSum } from './segment-sum';

/** Registers every wasm kernel of ours. */
export function applyWasm(): AppliedChange[] {
  return applyPatches('wasm', [
    batchMatMul,
    fusedMatMul,
    convFilterGradient,
    convInputGradient,
    depthwiseFilterGradient,
    depthwiseInputGradient,
    maxPoolGradient,
    segmentSum,
  ]);
}
