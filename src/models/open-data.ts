import type * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import type { Source } from '../data/source';
import { toSource } from '../data/to-source';
import type { TrainingData } from '../data/training-data';
import type { BatchTransform } from '../data/transforms';
import { checkRows, checkShapes, givenTo } from './check-data';
import type { VaeModel } from './model';

/** Data that fit a model, as far as that can be known before they are read. */
export type OpenData = {
  /** What errors call them: `fit: validationData`, for example. */
  owner: string;
  source: Source;
  /**
   * Where values are not known beforehand: gives 0 for a batch of good values and NaN for any other. See `dataGate`.
   */
  gate?: (batch: Batch) => tf.Scalar;
};

/**
 * @param transforms What changes batches before the model sees them.
 * @throws When the data are not of a known form, or do not fit the model.
 */
export async function openData(
  owner: string,
  data: TrainingData,
  model: VaeModel,
  transforms: readonly BatchTransform[] = [],
): Promise<OpenData> {
  const source = await toSource(owner, data);
  const transformed = transforms.length > 0;
  const given = givenTo(model, transforms);
  if (source.kind === 'rows') await checkRows(owner, source.fields, given, transformed);
  if (source.kind === 'reader') checkShapes(owner, source.reader.shapes, given);
  if (source.kind === 'rows' && !transformed) return { owner, source };
  const { dataGate } = await import('./data-gate');
  return { owner, source, gate: batch => dataGate(batch, model) };
}
