import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { fillMissing } from '../ops/fill-missing';
import { logSumExp } from '../ops/log-sum-exp';
import { sizeOfShape } from '../ops/shape';
import { stopGradient } from '../ops/stop-gradient';
import { withoutGradient } from '../ops/without-gradient';
import { drawIndex, logProbabilities, oneHotOf } from './categorical-terms';
import { channelsOf, coupledMeans, meansInTurn } from './coupled-channels';
import {
  type Distribution,
  type LogProbOptions,
  noClosedKl,
  type SampleOptions,
  type SampleWithLogProb,
} from './distribution';
import { checkLevels, gridOf, levelLogMass, levelMean, roundedDraw } from './level-terms';
import { checkTensors, checkValue, maskedLogProb, resolveEventRank, sumEvent } from './shapes';

/** What `DiscretizedLogisticMixture` takes. */
export type DiscretizedLogisticMixtureOptions = DiscretizedLogisticMixtureParams & {
  /** L, the number of levels: 256 for bytes. */
  levels: number;
  /** Number of event axes, without that of the components; by default all but the first. */
  eventRank?: number;
};

/** The parameters of a `DiscretizedLogisticMixture`. */
export type DiscretizedLogisticMixtureParams = {
  /** Log-weights of the components, `[batch, …event, K]`; with coefficients one set for each pixel, `[batch, …, K]`. */
  readonly logits: tf.Tensor;
  /** Means on the grid from −1 to 1, `[batch, …event, K]`. */
  readonly mean: tf.Tensor;
  /** Log-scales on that grid, `[batch, …event, K]`. */
  readonly logScale: tf.Tensor;
  /** How green follows red, and blue follows red and green, before a tanh, `[batch, …, 3, K]`. */
  readonly coefficients?: tf.Tensor;
};

const REQUIRED = ['logits', 'mean', 'logScale', 'levels'] as const;
const HINTS = { weights: 'logits: tf.log(weights)', loc: 'mean', logScales: 'logScale', coeffs: 'coefficients' };

/**
 * Elements on L levels under a mixture of K discretized logistics: several peaks, as pixels have them.
 *
 * `p(x) = Σ_k softmax(logits)_k·DiscretizedLogistic(x; mean_k, logScale_k)`, in nats (Salimans et al. 2017, arXiv
 * 1701.05517, equation 2). With `coefficients` the last axis of the event are red, green and blue, which share a
 * component: `μ_G += tanh(c₀)·R`, `μ_B += tanh(c₁)·R + tanh(c₂)·G`, with the values on the [−1, 1] grid (equation 3).
 * Bits per dimension are `−ELBO / (D·log 2)`.
 *
 * Values are k/(L − 1), `[batch, …event]` or `[samples, batch, …event]`; log-probabilities `[batch]` or
 * `[samples, batch]`. With coefficients the channels of a pixel depend on each other: there is no `logProbElements`, and
 * a pixel of which a mask hides any channel is left out. `mean()` is in [0, 1]; for more than 32 levels it is right to
 * half a level, and coupled channels follow the mean of the earlier ones. Samples carry no gradient.
 *
 * @example
 * ```ts
 * const [weights, each] = [[8, 32, 32, 10], [8, 32, 32, 3, 10]]; // ten components of colour images
 * const likelihood = new DiscretizedLogisticMixture({
 *   ...{ logits: tf.zeros(weights), mean: tf.zeros(each), logScale: tf.zeros(each), coefficients: tf.zeros(each) },
 *   levels: 256,
 * });
 * const image = likelihood.sample({ rng: new Rng(7) }); // [8, 32, 32, 3]
 * ```
 */
export class DiscretizedLogisticMixture implements Distribution {
  readonly kind = 'discretizedLogisticMixture';
  readonly params: Readonly<DiscretizedLogisticMixtureParams & Record<string, tf.Tensor>>;
  readonly reparameterised = false;
  readonly eventShape: readonly number[];
  /** Number of event axes. */
  readonly eventRank: number;
  /** L, the number of levels. */
  readonly levels: number;
  /** `log p(x)` of each element, where the channels are not coupled. */
  readonly logProbElements?: (x: tf.Tensor) => tf.Tensor;
  readonly #drawShape: number[];

  /**
   * @param options Weights, means, log-scales and the number of levels; the tensors stay the caller's.
   * @throws When shapes do not fit each other, or `levels` is not an integer above 1.
   */
  constructor(options: DiscretizedLogisticMixtureOptions) {
    const owner = 'DiscretizedLogisticMixture';
    checkKeys(owner, options, [...REQUIRED, 'coefficients', 'eventRank'], HINTS, REQUIRED);
    const { levels, eventRank, coefficients, ...own } = options;
    const params = coefficients ? { ...own, coefficients } : own;
    checkTensors(owner, params);
    checkLevels(owner, levels);
    checkShapes(owner, params);
    this.params = params;
    this.levels = levels;
    this.#drawShape = own.mean.shape.slice(0, -1);
    this.eventRank = resolveEventRank(owner, this.#drawShape.length, eventRank);
    this.eventShape = this.#drawShape.slice(this.#drawShape.length - this.eventRank);
    if (!coefficients) this.logProbElements = x => tf.tidy(() => this.#logMass(x));
  }

  sample(options: SampleOptions): tf.Tensor {
    const { logits, mean, logScale, coefficients } = this.params;
    const { rng, ...rest } = options;
    return withoutGradient(Object.values(this.params), () => {
      const chosen = oneHotOf(drawIndex(logits, options), logits.shape.at(-1)!);
      const each = coefficients ? tf.expandDims(chosen, -2) : chosen;
      const [mu, scale, slopes] = [mean, logScale, coefficients ? tf.tanh(coefficients) : tf.scalar(0)].map(t =>
        tf.sum(tf.mul(t, each), -1),
      ) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const noise = rng.logistic(this.#drawShape, rest);
      if (!coefficients) return roundedDraw(mu, scale, noise, this.levels);
      const [scales, noises] = [channelsOf(scale, -1), channelsOf(noise, -1)];
      const drawn: tf.Tensor[] = [];
      meansInTurn(mu, slopes, -1, (centre, i) => {
        drawn.push(roundedDraw(centre, scales[i]!, noises[i]!, this.levels));
        return gridOf(drawn[i]!, this.levels);
      });
      return tf.concat(drawn, -1);
    });
  }

  sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    const value = this.sample(options);
    return { value, logProb: this.logProb(value) };
  }

  logProb(x: tf.Tensor, options: LogProbOptions = {}): tf.Tensor {
    const { eventRank } = this;
    if (!this.params.coefficients) return maskedLogProb(x, options, eventRank, value => this.#logMass(value));
    checkKeys('logProb', options, ['mask']);
    const { mask } = options;
    return tf.tidy(() => {
      const pixels = this.#logMass(mask ? fillMissing(x, mask, eventRank) : x);
      return sumEvent(mask ? tf.mul(pixels, tf.min(mask, -1)) : pixels, eventRank - 1);
    });
  }

  /** No KL has a closed form. */
  hasKl(): boolean {
    return false;
  }

  kl(p: Distribution): tf.Tensor {
    throw noClosedKl(this, p);
  }

  /** `E[k] / (L − 1)`: the means of the components, weighted. */
  mean(): tf.Tensor {
    const { logits, mean, logScale, coefficients } = this.params;
    return tf.tidy(() => {
      const weights = tf.softmax(logits);
      const meanOf = (mu: tf.Tensor, scale: tf.Tensor) => levelMean(mu, scale, this.levels);
      if (!coefficients) return tf.sum(tf.mul(weights, meanOf(mean, logScale)), -1);
      const scales = channelsOf(logScale, -2);
      const means: tf.Tensor[] = [];
      meansInTurn(mean, tf.tanh(coefficients), -2, (mu, i) => {
        means.push(meanOf(mu, scales[i]!));
        return tf.sub(tf.mul(2, means[i]!), 1);
      });
      return tf.sum(tf.mul(tf.expandDims(weights, -2), tf.concat(means, -2)), -1);
    });
  }

  detach(): DiscretizedLogisticMixture {
    const stopped = Object.entries(this.params).map(([name, t]) => [name, stopGradient(t)]);
    const params = Object.fromEntries(stopped) as DiscretizedLogisticMixtureParams;
    return new DiscretizedLogisticMixture({ ...params, levels: this.levels, eventRank: this.eventRank });
  }

  dispose(): void {
    for (const t of Object.values(this.params)) t.dispose();
  }

  /** Of each element, or of each pixel where the channels are coupled. */
  #logMass(x: tf.Tensor): tf.Tensor {
    checkValue('DiscretizedLogisticMixture.logProb: x', x, this.#drawShape, this.eventRank);
    const { logits, mean, logScale, coefficients } = this.params;
    const { levels, eventShape, eventRank } = this;
    const components = mean.shape.at(-1)!;
    const channels = coefficients ? 3 : 1;
    const outer = coefficients ? eventShape.slice(0, -1) : eventShape;
    const places = sizeOfShape(outer);
    // The axes of the places as one, since GPUs know few axes.
    const fold = (t: tf.Tensor, rank: number, last: number[]) =>
      tf.reshape(t, [...t.shape.slice(0, t.rank - rank), places, ...last]);
    const folded = (t: tf.Tensor) => fold(t, eventRank + 1, [channels, components]);
    const values = fold(x, eventRank, [channels, 1]);
    const means = coefficients
      ? coupledMeans(folded(mean), folded(coefficients), gridOf(values, levels))
      : folded(mean);
    const mass = tf.sum(levelLogMass(values, means, folded(logScale), levels), -2);
    const weights = logProbabilities(fold(logits, outer.length + 1, [components]));
    const total = logSumExp(tf.add(mass, weights), -1);
    return tf.reshape(total, [...total.shape.slice(0, -1), ...outer]);
  }
}

/** @throws When parameters do not belong together. */
function checkShapes(owner: string, { logits, mean, logScale, coefficients }: DiscretizedLogisticMixtureParams): void {
  const { shape } = mean;
  const expect = (name: string, t: tf.Tensor, wanted: number[]) => {
    if (tf.util.arraysEqual(t.shape, wanted)) return;
    throw new Error(`${owner}: ${name} must be [${wanted}] for a mean of [${shape}], got [${t.shape}]`);
  };
  if (shape.length < 2) throw new Error(`${owner}: mean must be [batch, …event, components], got [${shape}]`);
  expect('logScale', logScale, shape);
  if (coefficients && (shape.length < 3 || shape.at(-2) !== 3)) {
    throw new Error(`${owner}: with coefficients, mean must be [batch, …, 3, components], got [${shape}]`);
  }
  if (coefficients) expect('coefficients', coefficients, shape);
  expect('logits', logits, coefficients ? [...shape.slice(0, -2), shape.at(-1)!] : shape);
}
