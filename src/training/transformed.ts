import * as tf from '@tensorflow/tfjs';
import { type Batch, batchTensors } from '../data/batch';
import type { BatchTransform } from '../data/transforms';
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
  const result = tidy(() => transforms.reduce((b, transform) => transform(b, context), batch));
  const given = new Set(batchTensors(batch));
  try {
    return use(result);
  } finally {
    tf.dispose(batchTensors(result).filter(t => !given.has(t)));
  }
}
