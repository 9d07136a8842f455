import type { TrainingData } from '../data/training-data';
import type { Vae } from '../models/vae';
import { allRows } from './all-rows';
import type { InferenceOptions } from './over-batches';
import type { Rows } from './row-collector';

/**
 * What the model makes of every example: `vae.reconstruct` for more than fits at once, in batches and asynchronous.
 *
 * It is the mean of the likelihood at the posterior mean. With a `mask`, the encoder sees the observed elements alone
 * and the result has the model's guess for the missing ones too. The result is on the host, as that of `embedAll`:
 * 60,000 pictures of 28 × 28 are 188 MB.
 *
 * @param model A `Vae`.
 * @param data As for `fit`.
 * @param options Batch size, progress, a signal.
 * @returns `{ values, shape }`, shape `[count, …event]`, in the order of the data.
 * @throws When the data do not fit the model, or an option is unknown. The reason of the signal when it is aborted.
 * @example
 * ```ts
 * const pictures = await reconstructAll(vae, xTest);
 * const sheet = tidy(() => tileImages(toTensor(pictures, { count: 64 })));
 * ```
 */
export function reconstructAll(model: Vae, data: TrainingData, options: InferenceOptions = {}): Promise<Rows> {
  return allRows('reconstructAll', model, data, options, (x, call) => model.reconstruct(x, call));
}
