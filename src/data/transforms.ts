import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { tidy } from '../ops/tidy';
import type { Rng } from '../random/rng';
import { type Batch, batchTensors } from './batch';
import { checkFieldNames } from './check-field-names';
import { isTensor } from './training-data';

/**
 * Makes one batch of another, with fresh noise in training and the same noise for each example in evaluation.
 * It returns new tensors or those that it was given, and disposes of none.
 */
export type BatchTransform = {
  (batch: Batch, context: { rng: Rng; training: boolean }): Batch;
  /** Its settings as plain data, kept in checkpoints: a resumed run tells which of them changed. */
  readonly config?: object;
  /** Whether x is another thing after it, which the encoder then gets; x before it is what the decoder explains. */
  readonly reshapes?: boolean;
};

/**
 * Draws binary images from grey levels, anew in every step: `x ~ Bernoulli(x)`.
 *
 * Salakhutdinov & Murray 2008 ("On the quantitative analysis of deep belief networks", section 5); makes the Bernoulli
 * likelihood a true one. A `target` of its own is drawn from the same uniform numbers.
 *
 * @throws In `fit` and `evaluate`, when x leaves [0, 1].
 * @example
 * ```ts
 * new VaeTrainer({ model: vae, transforms: [dynamicBinarisation()] });
 * ```
 */
export function dynamicBinarisation(): BatchTransform {
  const transform: BatchTransform = (batch, { rng }) =>
    tidy(() => {
      const u = rng.fork('binarise').uniform(batch.x.shape);
      // What is outside of [0, 1] stays outside, so that it is seen when the batch is checked.
      const excess = (p: tf.Tensor) => tf.sub(p, tf.clipByValue(p, 0, 1));
      const drawn = (p: tf.Tensor) => tf.add(tf.cast(tf.less(u, p), 'float32'), excess(p));
      return { ...batch, x: drawn(batch.x), ...(batch.target && { target: drawn(batch.target) }) };
    });
  return Object.assign(transform, { config: { kind: 'dynamicBinarisation' } });
}

/**
 * Spreads whole grey levels over their interval: `x ← (k + u) / levels`, k the nearest whole number to
 * `(levels − 1)·x` and u uniform in [0, 1), so that level k fills `[k / levels, (k + 1) / levels)`.
 *
 * Theis et al. 2016 (arXiv 1511.01844, section 3.1); without it a continuous density on 8-bit pixels is unbounded.
 *
 * @param options `levels`: the number of grey levels. Default 256.
 * @throws When `levels` is not an integer above 1.
 * @example
 * ```ts
 * new VaeTrainer({ model: gaussianVae, transforms: [dequantisation()] });
 * ```
 */
export function dequantisation(options: { levels?: number } = {}): BatchTransform {
  checkKeys('dequantisation', options, ['levels']);
  const { levels = 256 } = options;
  if (!Number.isInteger(levels) || levels < 2) {
    throw new Error(`dequantisation: levels must be an integer above 1, got ${levels}`);
  }
  // The finest grain of u for which k + u and its quotient are not rounded up to the next level in float32.
  const fineness = 2 ** Math.max(22 - Math.ceil(Math.log2(levels)), 0);
  const transform: BatchTransform = (batch, { rng }) =>
    tidy(() => {
      const u = tf.div(tf.floor(tf.mul(rng.fork('dequantise').uniform(batch.x.shape), fineness)), fineness);
      const spread = (x: tf.Tensor) => tf.div(tf.add(tf.round(tf.mul(x, levels - 1)), u), levels);
      return { ...batch, x: spread(batch.x), ...(batch.target && { target: spread(batch.target) }) };
    });
  return Object.assign(transform, { config: { kind: 'dequantisation', levels } });
}

/**
 * Gaussian noise on what the encoder sees, while the decoder still has to explain the clean x: a denoising VAE.
 *
 * Im et al. 2017 (arXiv 1511.06406). The `target` stays what it is, or becomes the clean x.
 *
 * @param options `stddev` of the noise; `clip`: keep the noisy x in [0, 1]. Default false.
 * @throws When `stddev` is negative or not finite.
 * @example
 * ```ts
 * new VaeTrainer({ model: vae, transforms: [addNoise({ stddev: 0.3 })] });
 * ```
 */
export function addNoise(options: { stddev: number; clip?: boolean }): BatchTransform {
  checkKeys('addNoise', options, ['stddev', 'clip'], { std: 'stddev', sigma: 'stddev', scale: 'stddev' });
  const { stddev, clip = false } = options;
  if (!(Number.isFinite(stddev) && stddev >= 0)) {
    throw new Error(`addNoise: stddev must be a number of 0 or more, got ${stddev}`);
  }
  const transform: BatchTransform = (batch, { rng }) =>
    tidy(() => {
      const noisy = tf.add(batch.x, tf.mul(stddev, rng.fork('noise').normal(batch.x.shape)));
      return { ...batch, x: clip ? tf.clipByValue(noisy, 0, 1) : noisy, target: batch.target ?? batch.x };
    });
  return Object.assign(transform, { config: { kind: 'addNoise', stddev, clip } });
}

/** Runs `use` on the transformed batch and disposes of what the transforms made, not of what was given. */
export function withTransforms<T>(
  batch: Batch,
  transforms: readonly BatchTransform[],
  context: { rng: Rng; training: boolean },
  use: (batch: Batch) => T,
): T {
  if (transforms.length === 0) return use(batch);
  const result = applyTransforms(batch, transforms, context);
  const given = new Set(batchTensors(batch));
  try {
    return use(result);
  } finally {
    tf.dispose(batchTensors(result).filter(t => !given.has(t)));
  }
}

/** The batch after all transforms, each applied to the result of the one before. */
function applyTransforms(
  batch: Batch,
  transforms: readonly BatchTransform[],
  context: { rng: Rng; training: boolean },
): Batch {
  return tidy(() =>
    transforms.reduce((before, transform, i) => {
      const after = transform(before, context);
      // A promise is one of these: transforms are synchronous.
      if (!isTensor(after?.x)) throw new Error(`transforms[${i}]: must return a batch { x, … }, and at once`);
      checkFieldNames(`transforms[${i}]`, after);
      return after;
    }, batch),
  );
}

/** A batch as the model saw it, made of clones, so that all of it may be disposed of. */
export function transformedCopy(
  batch: Batch,
  transforms: readonly BatchTransform[],
  context: { rng: Rng; training: boolean },
): Batch {
  return tidy(() => {
    const copies = Object.entries(batch).map(([name, t]) => [name, t && tf.clone(t)]);
    return applyTransforms(Object.fromEntries(copies) as Batch, transforms, context);
  });
}
