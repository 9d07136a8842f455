import { checkpointTarget } from './checkpoint-target';
import { idxTarget, packedIdxTarget } from './idx-target';
import { modelTarget } from './model-target';
import { safetensorsTarget } from './safetensors-target';
import type { FuzzTarget } from './target';

/** Every reader of bytes that the library has. */
export const targets: readonly FuzzTarget[] = [
  safetensorsTarget,
  checkpointTarget,
  modelTarget,
  idxTarget,
  packedIdxTarget,
];
