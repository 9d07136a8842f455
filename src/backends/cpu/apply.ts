import { type AppliedChange, applyPatches } from '../kernel-patch';
import { adamUpdate } from './adam-update';
import { batchMatMul, fusedMatMul } from './batch-mat-mul';
import { binaryKernels } from './binary';
import { conv, fusedConv } from './conv';
import { convFilterGradient } from './conv-filter-gradient';
import { convInputGradient } from './conv-input-gradient';
import { logMass } from './log-mass';
import { negativeBinomial } from './negative-binomial';
import { resizeGradient } from './resize-gradient';
import { sum } from './sum';
import { unaryKernels } from './unary';

/** Registers every cpu kernel of ours. */
export function applyCpu(): AppliedChange[] {
  return applyPatches('cpu', [
    batchMatMul,
    fusedMatMul,
    conv,
    fusedConv,
    convFilterGradient,
    convInputGradient,
    resizeGradient,
    sum,
    ...binaryKernels,
    ...unaryKernels,
    logMass,
    ...negativeBinomial,
    adamUpdate,
  ]);
}
