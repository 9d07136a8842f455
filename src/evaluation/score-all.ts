import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import type { TrainingData } from '../data/training-data';
import { sampledKl } from '../losses/kl';
import type { Context, VaeModel } from '../models/model';
import { passKl, passReconstruction } from '../objectives/pass-losses';
import { checkCount } from '../ops/check';
import { Rng } from '../random/rng';
import { checkInferenceOptions, type InferenceOptions, inferenceKeys, overBatches } from './over-batches';
import { RowCollector } from './row-collector';
import { SampleSums } from './sample-sums';

/** What `scoreAll` takes beside the model and the data. */
export type ScoreOptions = InferenceOptions & {
  /** Posterior samples of each example. Default 1. Time grows with it, memory does not. */
  samples?: number;
  /** Seed of those samples. Default 0, so that scores repeat. */
  seed?: number;
  /**
   * Completed optimizer steps, for models with a temperature; `trainer.steps` gives what `evaluate` sees. Without it,
   * training is taken to be over: infinitely many.
   */
  step?: number;
};

/** Numbers for each example, `[count]`, nats, in the order of the data. */
export type Scores = {
  /** The evidence lower bound, `−(reconstruction + kl)`: higher is more usual. */
  elbo: Float32Array;
  /** `−log p(x | z)`, the mean over the samples. */
  reconstruction: Float32Array;
  /** KL(q(z | x) ‖ p(z)): in closed form where it has one, else the mean over the samples of log q(z | x) − log p(z). */
  kl: Float32Array;
  /** The importance-weighted bound of the same samples, which lies between the ELBO and log p(x) in expectation. */
  bound: Float32Array;
};

/**
 * The ELBO of every example and its parts, in batches and asynchronous: scores for anomalies, and per-example numbers of
 * what `VaeTrainer.evaluate` averages.
 *
 * With z₁ … z_K from q(z | x): `elbo = (1/K) Σ log p(x | z_k) − KL(q(z | x) ‖ p(z))`, Kingma & Welling 2014 (arXiv
 * 1312.6114, equation 7). Its expectation does not depend on K, its noise falls as 1/√K. `bound = log (1/K) Σ
 * p(x, z_k) / q(z_k | x)`, Burda et al. 2016 (arXiv 1509.00519, equation 8), grows with K in expectation, towards
 * log p(x); it is never compared between different K. With K = 1 it is an ELBO whose KL is sampled.
 *
 * The noise of an example depends on the seed and its place in the data alone, never on the batch size. With the seed of
 * a trainer without transforms and one sample, the mean of `elbo` is the `elbo` of its `evaluate`. Elements under a 0 of
 * the mask do not count; `weights` change no score. A score that is not finite stands at its example as it is.
 *
 * @param model A `Vae`, or anything with a `pass`.
 * @param data As for `fit`.
 * @param options Samples and seed; batch size, progress, a signal.
 * @returns One number for each example, by name.
 * @throws When the data do not fit the model, an option is unknown, or the model has no latent variable and so no ELBO.
 * The reason of the signal when it is aborted.
 * @example
 * ```ts
 * const { elbo } = await scoreAll(vae, xTest, { samples: 16, seed: 1 });
 * const strangest = [...elbo.keys()].sort((a, b) => elbo[a]! - elbo[b]!).slice(0, 10); // their places in xTest
 * ```
 */
export async function scoreAll(model: VaeModel, data: TrainingData, options: ScoreOptions = {}): Promise<Scores> {
  checkInferenceOptions('scoreAll', options, [...inferenceKeys, 'samples', 'seed', 'step']);
  const { samples = 1, seed = 0, step = Infinity } = options;
  checkCount('scoreAll', 'samples', samples);
  if (!(step >= 0)) throw new Error(`scoreAll: step must be a number of 0 or more, got ${step}`);
  if (typeof model?.pass !== 'function') {
    throw new Error(
      'scoreAll: the first argument must be a Vae or have a pass method; a trainer has one as trainer.model',
    );
  }
  const stream = new Rng(seed).fork('evaluate');
  const columns: { [K in keyof Scores]?: RowCollector } = {};
  await overBatches('scoreAll', model, data, options, ({ size, queue, countArrived, letOthersRun }) => {
    return async ({ batch, rows }) => {
      const sums = new SampleSums(rows.length);
      for (let s = 0; s < samples; s++) {
        // The first sample is that of `evaluate`.
        const rng = (s === 0 ? stream : stream.fork(s)).forRows(rows);
        const terms = scored(model, batch, { step, rng, training: false });
        const add = (values: ArrayLike<number>) => {
          sums.add(values);
          if (s < samples - 1) return undefined;
          for (const [name, column] of Object.entries(sums.result()) as [keyof Scores, Float64Array][]) {
            columns[name] ??= new RowCollector('scoreAll', size);
            columns[name].add(column, [rows.length]);
          }
          return countArrived(rows.length);
        };
        await queue.push(terms.data(), add, () => terms.dispose());
        await letOthersRun();
      }
    };
  });
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column.rows().values])) as Scores;
}

/** `−log p(x | z)`, the KL, and the KL estimated from this sample, `[3, batch]`. */
function scored(model: VaeModel, batch: Batch, context: Context): tf.Tensor {
  return tf.tidy(() => {
    const pass = model.pass(batch, context);
    if (pass.latents.length === 0) throw new Error('scoreAll: the model has no latent variable, and so no ELBO');
    const terms = [passReconstruction(pass, batch), passKl(pass), passKl(pass, sampledKl)];
    const examples = batch.x.shape[0]!;
    for (const { shape } of terms) {
      if (shape.length !== 1 || shape[0] !== examples) {
        throw new Error(`scoreAll: the model must give one number for each of ${examples} examples, got [${shape}]`);
      }
    }
    return tf.stack(terms.map(t => tf.cast(t, 'float32')));
  });
}
