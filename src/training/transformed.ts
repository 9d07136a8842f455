import * as tf from '@tensorflow/tfjs';
import { type Batch, batchFields, batchTensors } from '../data/batch';
import { isTensor } from '../data/training-data';
import type { BatchTransform } from '../data/transforms';
import { checkKeys } from '../ops/check-keys';
import { tidy } from '../ops/tidy';
import type { Rng } from '../random/rng';

/** Runs `use` on the transformed batch and disposes of what the transforms made, not of what was given. */
export function withTransforms<T>(
  batch: Batch,
  transforms: readonly BatchTransform[],
  context: { rng: Rng; training: boolean },
  use: (batch: Batch) => T,
): T {
  if (transforms.length === 0) return use(batch);
  const result = transformed(batch, transforms, context);
  const given = new Set(batchTensors(batch));
  try {
    return use(result);
  } finally {
    tf.dispose(batchTensors(result).filter(t => !given.has(t)));
  }
}

/** The batch after all transforms, each applied to the result of the one before. */
export function transformed(
  batch: Batch,
  transforms: readonly BatchTransform[],
  context: { rng: Rng; training: boolean },
): Batch {
  return tidy(() =>
    transforms.reduce((before, transform, i) => {
      const after = transform(before, context);
      // A promise is one of these: transforms are synchronous.
      if (!isTensor(after?.x)) throw new Error(`transforms[${i}]: must return a batch { x, … }, and at once`);
      checkKeys(`transforms[${i}]`, after, batchFields);
      return after;
    }, batch),
  );
}
