import * as tf from '@tensorflow/tfjs';
import type { Normal } from '../distributions/normal';
import { softClip } from '../ops/soft-clip';
import type { Family, FamilyContext } from './family';

/** One of the ways to the σ of a Gaussian likelihood, and what it adds to the family. */
export type Sigma = Pick<Family<Normal>, 'createVariables' | 'updates' | 'perExample'> & {
  /** The width of the Gaussian around this mean; `logVar` is the raw one of the network, where it gives one. */
  scale(
    mean: tf.Tensor,
    logVar: tf.Tensor | undefined,
    context: FamilyContext,
  ): { scale: tf.Tensor } | { logVar: tf.Tensor };
};

/** A given σ. */
export function fixedSigma(value: number): Sigma {
  return { scale: () => ({ scale: tf.scalar(value) }) };
}

/** One σ for each element, by the network. */
export function perElementSigma(floor: number): Sigma {
  return { scale: (_, logVar) => ({ logVar: tf.log(flooredVariance(logVar!, floor)) }) };
}

/** One σ, learned by gradients: `σ² = e^logVar + floor²`. */
export function sharedSigma(floor: number): Sigma {
  return {
    createVariables: () => ({ 'sigma/logVar': scalarVariable(0, true) }),
    scale: (_mean, _logVar, { variables }) => ({
      scale: tf.sqrt(flooredVariance(variables['sigma/logVar']!, floor)),
    }),
  };
}

/** A variable of one number. */
export function scalarVariable(value: number, trainable: boolean): tf.Variable {
  return tf.tidy(() => tf.variable(tf.scalar(value), trainable));
}

/** `e^logVar + floor²`, with the log-variance softly kept within ±20 on the way: σ never falls below the floor. */
function flooredVariance(logVar: tf.Tensor, floor: number): tf.Tensor {
  return tf.add(tf.exp(softClip(logVar, -20, 20)), floor ** 2);
}
