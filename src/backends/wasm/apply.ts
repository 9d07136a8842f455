import { type AppliedChange, applyPatches } from '../kernel-patch';
import { adamUpdate } from './adam-update';
import { batchMatMul } from './batch-mat-mul';
import { conv3DFilterGradient, conv3DInputGradient } from './conv-3d-gradients';
import { convFilterGradient } from './conv-filter-gradient';
import { convForward, fusedConvForward } from './conv-forward';
import { convInputGradient } from './conv-input-gradient';
import { depthwiseFilterGradient, depthwiseInputGradient } from './depthwise-gradients';
import { fusedMatMul } from './fused-mat-mul';
import { maxPoolGradient } from './max-pool-gradient';
import { negativeBinomial } from './negative-binomial';
import { removeRethrowingListeners } from './rethrowing-listeners';
import { segmentSum } from './segment-sum';
import { cast, identity } from './shared-copies';
import { chooseCode } from './simd-kernels';
import { softplus } from './softplus';
import { mean, sum } from './sums';

/**
 * Registers every wasm kernel of ours; with `fusing`, their code with multiply-add. Removes the listeners that spoil
 * Node's error output.
 */
export function applyWasm(fusing?: string): AppliedChange[] {
  const patches = applyPatches('wasm', [
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
    ...negativeBinomial,
    adamUpdate,
  ]);
  return [...patches, ...(fusing ? [fused(fusing)] : []), ...removeRethrowingListeners()];
}

function fused(code: string): AppliedChange {
  chooseCode(code);
  return {
    change: {
      kernel: 'BatchMatMul',
      action: 'fused',
      reason: 'relaxedSimd: products and convolutions by fused multiply-add, whose last digits depend on the processor',
    },
    undo: () => chooseCode(),
  };
}
