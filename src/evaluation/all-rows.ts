import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import type { TrainingData } from '../data/training-data';
import type { ReconstructOptions } from '../models/decoder';
import type { Vae } from '../models/vae';
import { defined } from '../ops/defined';
import { fillMissing } from '../ops/fill-missing';
import { checkInferenceOptions, type InferenceOptions, inferenceKeys, overBatches } from './over-batches';
import { RowCollector, type Rows } from './row-collector';

/** One of the synchronous methods of a `Vae`, on all examples of a data set. */
export async function allRows(
  owner: string,
  model: Vae,
  data: TrainingData,
  options: InferenceOptions,
  method: (x: tf.Tensor, call: ReconstructOptions) => tf.Tensor,
): Promise<Rows> {
  checkInferenceOptions(owner, options, inferenceKeys);
  if (typeof model?.encode !== 'function' || typeof model.decode !== 'function') {
    throw new Error(`${owner}: the first argument must be a Vae; a trainer has one as trainer.model`);
  }
  let collector: RowCollector | undefined;
  await overBatches(owner, model, data, options, ({ size, queue, countArrived }) => {
    const rows = new RowCollector(owner, size);
    collector = rows;
    return async ({ batch }) => {
      const { condition, exposure } = batch;
      const result = tf.tidy(() => method(encoderInput(batch), defined({ condition, exposure })));
      const { shape } = result;
      const add = (values: ArrayLike<number>) => {
        rows.add(values, shape);
        return countArrived(shape[0]!);
      };
      await queue.push(result.data(), add, () => result.dispose());
    };
  });
  return collector!.rows();
}

/** What the encoder sees: missing values are 0, as in training. */
function encoderInput({ x, mask }: Batch): tf.Tensor {
  return mask ? fillMissing(x, mask) : x;
}
