import * as tf from '@tensorflow/tfjs';
import { softClip } from '../ops/soft-clip';
import { stopGradient } from '../ops/stop-gradient';
import { tidy } from '../ops/tidy';
import type { Update, Variables } from '../variables/variables';

/** The σ of a Gaussian decoder that is one number for all elements. */
export type Sigma = {
  /** σ as a scalar for this call, and what to remember of it. */
  scale(error: BatchError | undefined, calibration?: number): { scale: tf.Tensor; updates: readonly Update[] };
  readonly variables: Variables;
  /** Whether it depends on the batch. */
  readonly perExample: boolean;
};

/** Mean squared error of the batch, and from how many whole examples it comes; only an optimal σ asks for them. */
export type BatchError = () => { mean: tf.Tensor; examples: tf.Tensor | number };

/** A given σ. */
export function fixedSigma(value: number): Sigma {
  return { scale: () => ({ scale: tf.scalar(value), updates: [] }), variables: {}, perExample: true };
}

/** One σ, learned by gradients: `σ² = e^logVar + floor²`. */
export function sharedSigma(floor: number): Sigma {
  const logVar = scalarVariable(0, true);
  return {
    scale: () => ({ scale: tf.tidy(() => tf.sqrt(flooredVariance(logVar, floor))), updates: [] }),
    variables: { logVar },
    perExample: true,
  };
}

/** The factor by which older steps count less, so that the running σ² averages over about the last hundred. */
const DECAY = 0.99;

/**
 * The σ that maximises the likelihood. In training, σ² is the mean squared error of the batch; otherwise it is the
 * running average `Σ_k d^k n_k e_k / Σ_k d^k n_k` over earlier steps, where e is the error, n the number of examples
 * that it comes from, and d = 0.99. It lags behind a model that learns, so a calibration measures it anew with d = 1.
 */
export function optimalSigma(floor: number): Sigma {
  const variance = scalarVariable(1, false);
  /** The denominator. */
  const count = scalarVariable(0, false);
  return {
    scale(error, calibration) {
      if (!error) return { scale: tf.tidy(() => tf.sqrt(tf.maximum(variance, floor ** 2))), updates: [] };
      return tidy(() => {
        const { mean, examples } = error();
        // At the optimum the likelihood is flat in σ: the gradient through it is 0, so it need not be computed.
        const batch = stopGradient(tf.maximum(mean, floor ** 2));
        const past = tf.mul(count, calibration === undefined ? DECAY : Math.min(calibration, 1));
        const all = tf.add(past, examples);
        // Where nothing was observed, here or ever, σ² stays.
        const share = tf.divNoNan(examples, all);
        const running = tf.add(variance, tf.mul(share, tf.sub(batch, variance)));
        return { scale: tf.sqrt(batch), updates: [[variance, running] as const, [count, all] as const] };
      });
    },
    variables: { variance, count },
    perExample: false,
  };
}

/** `e^logVar + floor²`, with the log-variance softly kept within ±20 on the way: σ never falls below the floor. */
export function flooredVariance(logVar: tf.Tensor, floor: number): tf.Tensor {
  return tf.tidy(() => tf.add(tf.exp(softClip(logVar, -20, 20)), floor ** 2));
}

function scalarVariable(value: number, trainable: boolean): tf.Variable {
  return tf.tidy(() => tf.variable(tf.scalar(value), trainable));
}
