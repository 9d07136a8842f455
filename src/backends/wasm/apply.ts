import { type AppliedChange, applyPatches } from '../patch';
import { adamUpdate } from './adam-update';
import { batchMatMul } from './batch-mat-mul';
import { conv3DFilterGradient, conv3DInputGradient } from './conv-3d-gradients';
import { convFilterGradient } from './conv-filter-gradient';
import { convForward, fusedConvForward } from './conv-forward';
import { convInputGradient } from './conv-input-gradient';
import { depthwiseFilterGradient } from './depthwise-filter-gradient';
import { depthwiseInputGradient } from './depthwise-input-gradient';
import { fusedMatMul } from './fused-mat-mul';
import { maxPoolGradient } from './max-pool-gradient';
import { segmentSum } from './segment-sum';
import { cast, identity } from './shared-copies';
import { softplus } from './softplus';
import { mean, sum } from './sums';

/** Registers every wasm kernel of ours. */
export function applyWasm(): AppliedChange[] {
  return applyPatches('wasm', [
    batchMatMul,
    fusedMatMul,
    convForward,
    fusedConvForward,
    convFilterGradient,
    convInputGradient,
    conv3DFilterGradient,
    conv3DInputGradient,
    depthwiseFilterGradient,
    depthwiseInputGradient,
    maxPoolGradient,
    segmentSum,
    sum,
    mean,
    softplus,
    identity,
    cast,
    adamUpdate,
  ]);
}
