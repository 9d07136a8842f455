import * as tf from '@tensorflow/tfjs';
import { type AppliedChange, applyPatches } from '../kernel-patch';
import { adamUpdate } from './adam-update';

const flag = 'WEBGPU_MATMUL_PROGRAM_TYPE';
/** MatMulPackedProgram in tfjs's list of programs: right for each of 44 shapes that we tried. */
const packed = 3;

/** Our kernel, and only those of tfjs's matrix products that are right for all shapes. */
export function applyWebgpu(): AppliedChange[] {
  return [rightProducts(), ...applyPatches('webgpu', [adamUpdate])];
}

function rightProducts(): AppliedChange {
  const before = tf.env().get(flag);
  tf.env().set(flag, packed);
  return {
    change: {
      kernel: 'BatchMatMul',
      action: 'flag',
      reason:
        `${flag} = ${packed}: with transposeB and an inner size of 2000 or more, tfjs picks a program ` +
        'with wrong results (gradients of a latent to feature map layer off by up to 80 %)',
    },
    undo: () => {
      if (tf.env().get(flag) === packed) tf.env().set(flag, before as number);
    },
  };
}
