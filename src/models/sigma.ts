import * as tf from '@tensorflow/tfjs';
import { softClip } from '../ops/soft-clip';
import { stopGradient } from '../ops/stop-gradient';
import { tidy } from '../ops/tidy';
import type { Update, Variables } from './model';

/** The σ of a Gaussian decoder that is one number for all elements. */
export type Sigma = {
  /** σ as a scalar for this call, and what to remember of it. */
  scale(error: MeanSquaredError | undefined): { scale: tf.Tensor; updates: readonly Update[] };
  readonly variables: Variables;
  /** Whether it depends on the batch. */
  readonly perExample: boolean;
};

/** Mean squared error of the batch, a scalar; only an optimal σ asks for it. */
type MeanSquaredError = () => tf.Tensor;

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

/** How slowly the running σ² forgets: it averages over about the last hundred steps. */
const DECAY = 0.99;

/**
 * The σ that maximises the likelihood: σ² is the mean squared error, of the batch while training, and its running
 * average over training batches otherwise.
 */
export function optimalSigma(floor: number): Sigma {
  const variance = scalarVariable(1, false);
  const count = scalarVariable(0, false);
  return {
    scale(error) {
      if (!error) return { scale: tf.tidy(() => tf.sqrt(tf.maximum(variance, floor ** 2))), updates: [] };
      return tidy(() => {
        // At the optimum the likelihood is flat in σ: the gradient through it is 0, so it need not be computed.
        const batch = stopGradient(tf.maximum(error(), floor ** 2));
        // Weight of the past: n/(n + 1), a plain average, until DECAY takes over.
        const past = tf.minimum(DECAY, tf.div(count, tf.add(count, 1)));
        const running = tf.add(tf.mul(past, variance), tf.mul(tf.sub(1, past), batch));
        return {
          scale: tf.sqrt(batch),
          updates: [[variance, running] as const, [count, tf.add(count, 1)] as const],
        };
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
