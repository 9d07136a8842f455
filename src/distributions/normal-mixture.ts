import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { logSumExp } from '../ops/log-sum-exp';
import { stopGradient } from '../ops/stop-gradient';
import { tidy } from '../ops/tidy';
import { withGradient } from '../ops/with-gradient';
import {
  type Distribution,
  type LogProbOptions,
  noClosedKl,
  type SampleOptions,
  type SampleWithLogProb,
} from './distribution';
import { finiteExp } from './gaussian-kl';
import { checkTensors, checkValue } from './shapes';

const LOG_2PI = Math.log(2 * Math.PI);

/** The parameters of a `NormalMixture`. */
export type NormalMixtureParams = {
  /** Unnormalised log-weights, `[batch, components]`. */
  readonly logits: tf.Tensor;
  /** The means, `[batch, components, size]`. */
  readonly mean: tf.Tensor;
  /** The log-variances, `[batch, components, size]`. */
  readonly logVar: tf.Tensor;
};

/** What `NormalMixture` takes. */
export type NormalMixtureOptions = NormalMixtureParams;

const HINTS = { loc: 'mean', scale: 'logVar: tf.mul(2, tf.log(scale))', probs: 'logits: tf.log(probs)' };

/**
 * A mixture of Gaussians with independent elements: `p(z) = Σ_k softmax(logits)_k · N(z; μ_k, diag(σ_k²))`.
 *
 * `log p(z) = logsumexp_k [log w_k − ½ Σ ((z − μ_k)²/σ_k² + log σ_k² + log 2π)]`. McLachlan & Peel 2000, equation 1.3.
 * Draws choose a component by one uniform number against the cumulative weights, and carry no gradient: the choice has
 * none. No KL of a mixture is closed, so it is estimated from samples. A batch of one broadcasts to any batch.
 *
 * Shapes: values `[batch, size]` or `[samples, batch, size]`; log-probabilities `[batch]` or `[samples, batch]`, nats.
 *
 * @example
 * ```ts
 * const mean = tf.tensor3d([[[-2, 0], [2, 0]]]); // two components in the plane, for a batch of one
 * const prior = new NormalMixture({ logits: tf.zeros([1, 2]), mean, logVar: tf.zeros([1, 2, 2]) });
 * const z = prior.sample({ rng: new Rng(7), samples: 64 }); // [64, 1, 2]
 * ```
 */
export class NormalMixture implements Distribution {
  readonly kind = 'normalMixture';
  readonly reparameterised = false;
  readonly params: Readonly<NormalMixtureParams>;
  readonly eventShape: readonly number[];
  /** The shape of a draw. */
  readonly #drawShape: [batch: number, size: number];

  /**
   * @param options Logits, means and log-variances; the tensors stay the caller's.
   * @throws When their shapes do not fit each other.
   */
  constructor(options: NormalMixtureOptions) {
    checkKeys('NormalMixture', options, ['logits', 'mean', 'logVar'], HINTS, ['logits', 'mean', 'logVar']);
    const { logits, mean, logVar } = options;
    checkTensors('NormalMixture', { logits, mean, logVar });
    const [batch, components, size] = mean.shape as [number, number, number];
    if (mean.rank !== 3) throw new Error(`NormalMixture: mean must be [batch, components, size], got [${mean.shape}]`);
    checkShape('logits', logits, [batch, components]);
    checkShape('logVar', logVar, [batch, components, size]);
    this.params = { logits, mean, logVar };
    this.eventShape = [size];
    this.#drawShape = [batch, size];
  }

  sample({ rng, ...options }: SampleOptions): tf.Tensor {
    const { logits, mean, logVar } = this.params;
    const [batch] = this.#drawShape;
    return tf.tidy(() => {
      const u = rng.uniform([batch, 1], options);
      const epsilon = rng.normal(this.#drawShape, options);
      return withGradient(
        [logits, mean, logVar],
        () =>
          tf.tidy(() => {
            const chosen = tf.expandDims(chooseByWeight(tf.softmax(logits), u), -1);
            const scale = tf.sum(tf.mul(chosen, tf.exp(tf.mul(0.5, logVar))), -2);
            return tf.add(tf.sum(tf.mul(chosen, mean), -2), tf.mul(scale, epsilon));
          }),
        () => [logits, mean, logVar].map(t => tf.zerosLike(t)),
      );
    });
  }

  sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    const value = this.sample(options);
    return { value, logProb: this.logProb(value) };
  }

  logProb(x: tf.Tensor, options: LogProbOptions = {}): tf.Tensor {
    checkKeys('NormalMixture.logProb', options, ['mask']);
    if (options.mask) throw new Error('NormalMixture.logProb: a mask needs independent elements');
    checkValue('NormalMixture.logProb: x', x, this.#drawShape, 1);
    const { logits, mean, logVar } = this.params;
    return tf.tidy(() => {
      const error = tf.mul(tf.sub(tf.expandDims(x, -2), mean), finiteExp(tf.mul(-0.5, logVar)));
      const volume = tf.sum(tf.add(logVar, LOG_2PI), -1);
      const logComponents = tf.mul(-0.5, tf.add(tf.sum(tf.square(error), -1), volume));
      const logWeights = tf.sub(logits, logSumExp(logits, -1, true));
      return logSumExp(tf.add(logWeights, logComponents), -1);
    });
  }

  hasKl(_: Distribution): boolean {
    return false;
  }

  kl(p: Distribution): tf.Tensor {
    throw noClosedKl(this, p);
  }

  mean(): tf.Tensor {
    return tf.tidy(() => tf.squeeze(this.#mean(), [1]));
  }

  /** `Σ w (σ² + (μ − E[z])²)` of each element. */
  variance(): tf.Tensor {
    return tf.tidy(() => {
      const { mean, logVar } = this.params;
      return tf.sum(tf.mul(this.#weights(), tf.add(tf.exp(logVar), tf.squaredDifference(mean, this.#mean()))), 1);
    });
  }

  detach(): NormalMixture {
    const { logits, mean, logVar } = this.params;
    return tidy(
      () =>
        new NormalMixture({
          logits: stopGradient(logits),
          mean: stopGradient(mean),
          logVar: stopGradient(logVar),
        }),
    );
  }

  dispose(): void {
    for (const parameter of Object.values(this.params)) parameter.dispose();
  }

  /** `[batch, components, 1]`. */
  #weights(): tf.Tensor {
    return tf.expandDims(tf.softmax(this.params.logits), -1);
  }

  /** `[batch, 1, size]`. */
  #mean(): tf.Tensor {
    return tf.sum(tf.mul(this.#weights(), this.params.mean), 1, true);
  }
}

/** 1 at the component that u falls into, `[…, components]`: u `[…, 1]` in [0, 1) against the cumulative weights. */
function chooseByWeight(weights: tf.Tensor, u: tf.Tensor): tf.Tensor {
  // Not axis −1, which reads past the end of its memory on wasm.
  const below = tf.cumsum(weights, weights.rank - 1, true);
  // u as a share of the total, which the rounding of the sum moves away from 1.
  const total = tf.sum(weights, -1, true);
  const reached = tf.cast(tf.greaterEqual(tf.mul(u, total), below), 'float32');
  const place = tf.sub(tf.sum(reached, -1, true), 1);
  return tf.cast(tf.equal(place, tf.range(0, weights.shape.at(-1)!)), 'float32');
}

function checkShape(name: string, t: tf.Tensor, shape: readonly number[]): void {
  if (String(t.shape) === String(shape)) return;
  throw new Error(`NormalMixture: ${name} must be [${shape}] as the means say, got [${t.shape}]`);
}
