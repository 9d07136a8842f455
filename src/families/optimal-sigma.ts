import * as tf from '@tensorflow/tfjs';
import { meanOverExamples } from '../ops/mean-over-examples';
import { stopGradient } from '../ops/stop-gradient';
import type { FamilyContext } from './family';
import { type Sigma, scalarVariable } from './gaussian-sigma';

/** The factor by which older steps count less, so that the running σ² averages over about the last hundred. */
const DECAY = 0.99;

/**
 * The σ that maximises the likelihood (Rybkin et al. 2021, arXiv 2006.13202, equation 6). In training, σ² is the mean
 * squared error of the batch; otherwise it is the running average `Σ_k d^k n_k e_k / Σ_k d^k n_k` over earlier steps,
 * where e is the error, n the number of examples that it comes from, and d = 0.99. It lags behind a model that learns, so
 * a calibration measures it anew with d = 1.
 */
export function optimalSigma(floor: number, owner: string): Sigma {
  /** σ² of the batch. At the optimum the likelihood is flat in σ: the gradient through it is 0 and is not computed. */
  const varianceOf = (mean: tf.Tensor, target: tf.Tensor, context: FamilyContext) => {
    const { error, examples } = squaredError(target, stopGradient(mean), context);
    return { batch: stopGradient(tf.maximum(error, floor ** 2)), examples };
  };
  return {
    perExample: false,
    createVariables: () => ({
      'sigma/variance': scalarVariable(1, false),
      /** The denominator of the running average. */
      'sigma/count': scalarVariable(0, false),
    }),
    scale(mean, _logVar, context) {
      const target = measured(context);
      if (!target) return { scale: tf.sqrt(tf.maximum(context.variables['sigma/variance']!, floor ** 2)) };
      if (mean.rank > target.rank) {
        throw new Error(
          `${owner}: sigma 'optimal' is the error of one sample per example; take samples: 1 or another sigma`,
        );
      }
      return { scale: tf.sqrt(varianceOf(mean, target, context).batch) };
    },
    updates({ params }, context) {
      const target = measured(context);
      if (!target) return [];
      const [variance, count] = [context.variables['sigma/variance']!, context.variables['sigma/count']!];
      // Measured again: the square of the rounded scale would not be the same to the last digit.
      const { batch, examples } = varianceOf(params.mean, target, context);
      const decay = context.calibration === undefined ? DECAY : Math.min(context.calibration, 1);
      const all = tf.add(tf.mul(count, decay), examples);
      // Where nothing was observed, here or ever, σ² stays.
      const share = tf.divNoNan(examples, all);
      return [
        [variance, tf.add(variance, tf.mul(share, tf.sub(batch, variance)))],
        [count, all],
      ];
    },
  };
}

/** The data that σ² is measured on, in training and in calibration. */
function measured({ training, calibration, target }: FamilyContext): tf.Tensor | undefined {
  return training || calibration !== undefined ? target : undefined;
}

/**
 * The mean squared error over the elements that count, each as much as its example does, and how many whole examples it
 * comes from. The mean of the Gaussian comes detached, since the gradient of tfjs's mean over 65,504 elements or more is
 * NaN with 16-bit floats.
 */
function squaredError(
  target: tf.Tensor,
  mean: tf.Tensor,
  { mask, weights }: FamilyContext,
): { error: tf.Tensor; examples: tf.Tensor | number } {
  const examples = target.shape[0]!;
  const errors = tf.squaredDifference(target, mean);
  if (!mask && !weights) return { error: tf.mean(errors), examples };
  const ofExample = weights && tf.reshape(weights, [-1, ...Array<number>(target.rank - 1).fill(1)]);
  const shares = mask && ofExample ? tf.mul(mask, ofExample) : (mask ?? ofExample!);
  const ofElement = tf.broadcastTo(shares, target.shape);
  return {
    error: meanOverExamples(tf.reshape(errors, [-1]), tf.reshape(ofElement, [-1])),
    examples: tf.mul(tf.mean(ofElement), examples),
  };
}
