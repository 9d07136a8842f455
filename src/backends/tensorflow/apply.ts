import * as tf from '@tensorflow/tfjs';
import { type AdamAttrs, type AdamInputs, adamKernel } from '../adam-kernel';
import { type AppliedChange, applyPatches } from '../kernel-patch';
import { adamUpdate } from './adam-update';

/** Registers our kernel for tfjs-node, where this build of TensorFlow runs it right: on CUDA too. */
export function applyTensorflow(): AppliedChange[] {
  const applied = applyPatches('tensorflow', [adamUpdate]);
  if (isRight()) return applied;
  for (const { undo } of applied) undo();
  return [];
}

/** One update whose result is known: 1 moves by −α after a first gradient of 3. */
function isRight(): boolean {
  try {
    return tf.tidy(() => {
      const [variable, m, v, gradient] = [1, 0, 0, 3].map(x => tf.fill([2], x)) as [T, T, T, T];
      const inputs: AdamInputs = { variable, m, v, gradient, count: tf.scalar(1), finite: tf.scalar(1) };
      const attrs: AdamAttrs = { beta1: 0.5, beta2: 0.75, rate: 0.25, epsilon: 1e-7, weightDecay: 0 };
      const [moved] = tf.engine().runKernel(adamKernel, inputs, attrs) as [T];
      return moved.dataSync().every(x => Math.abs(x - 0.75) < 1e-6);
    });
  } catch {
    return false;
  }
}

type T = tf.Tensor;
