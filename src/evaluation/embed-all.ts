import type { TrainingData } from '../data/training-data';
import type { Vae } from '../models/vae';
import { allRows } from './all-rows';
import type { InferenceOptions } from './over-batches';
import type { Rows } from './row-collector';

/**
 * The posterior mean of every example: `vae.embed` for more than fits at once, in batches and asynchronous.
 *
 * The result is on the host and not a tensor: for a whole data set it may be larger than a GPU can hold in one piece.
 * Every function that takes data takes it, and `toTensor(result, { start, count })` makes a tensor of some rows. The
 * device holds one batch and the results of the one before it. Tensors that are given as data are read to the host
 * first; of a stream, whose length is not known, the host holds the results twice for a moment.
 *
 * @param model A `Vae`.
 * @param data As for `fit`: tensors, `{ values, shape }`, `{ x, condition, mask, … }`, a `tf.data.Dataset`, an (async)
 * iterable of batches, a function that returns one, or a `RowReader`. Values that a mask calls missing are 0 for the
 * encoder, as in training.
 * @param options Batch size, progress, a signal.
 * @returns `{ values, shape }`, shape `[count, latentDim]`, in the order of the data.
 * @throws When the data do not fit the model, or an option is unknown. The reason of the signal when it is aborted.
 * @example
 * ```ts
 * const codes = await embedAll(vae, xTest, { batchSize: 512, onProgress: ({ done, total }) => console.log(done, total) });
 * const first = toTensor(codes, { count: 100 }); // [100, latentDim]
 * ```
 */
export function embedAll(model: Vae, data: TrainingData, options: InferenceOptions = {}): Promise<Rows> {
  return allRows('embedAll', model, data, options, (x, { exposure: _, ...call }) => model.embed(x, call));
}
