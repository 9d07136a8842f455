import * as tf from '@tensorflow/tfjs';
import { batchTensors } from '../data/batch';
import { batchesOf } from '../data/batches';
import { Pacer } from '../data/pacer';
import type { Source } from '../data/source';
import type { TrainingData } from '../data/training-data';
import { withTransforms } from '../data/transforms';
import { checkBatch, givenTo } from '../models/check-data';
import { couplesExamples } from '../models/need';
import { openData } from '../models/open-data';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { tidy } from '../ops/tidy';
import { evaluationContext } from './evaluate';
import { DEFAULT_BATCH_SIZE, type EvaluateOptions } from './options';
import { prepare, type TrainerState } from './trainer-state';
import { applyUpdates } from './updates';

/** `VaeTrainer.calibrate`. */
export async function calibrate(state: TrainerState, data: TrainingData, options: EvaluateOptions): Promise<void> {
  checkKeys('calibrate', options, ['batchSize', 'signal']);
  const { batchSize = DEFAULT_BATCH_SIZE, signal } = options;
  checkCount('calibrate', 'batchSize', batchSize);
  const { source } = await openData('calibrate: data', data, state.model, state.transforms);
  await prepare(state);
  if (couplesExamples(state.model)) await calibrateOn(state, source, batchSize, signal);
  signal?.throwIfAborted();
}

/** At most so many examples are read: σ² is then off by about 1 %, and the error of the ELBO goes with its square. */
const EXAMPLES = 10_000;

/**
 * Measures anew what a model knows about its training set, such as an optimal σ², under the weights that it has now.
 *
 * @param signal Ends it early.
 */
export async function calibrateOn(
  state: TrainerState,
  source: Source,
  batchSize: number,
  signal?: AbortSignal,
): Promise<void> {
  state.pacer ??= new Pacer();
  const { model, transforms, pacer } = state;
  const order = source.kind === 'stream' ? undefined : spreadRows(source.size, batchSize);
  let seen = 0;
  const options = { batchSize, signal, ...(order && { order }) };
  for await (const { index, batch, rows } of batchesOf('calibrate: data', source, options)) {
    try {
      checkBatch('calibrate', batch, givenTo(model, transforms));
      const context = { ...evaluationContext(state, rows, source), calibration: index };
      const all = withTransforms(batch, transforms, context, b => tidy(() => model.pass(b, context).updates ?? []));
      if (all.length === 0) return;
      const values = all.map(([, value]) => value);
      const finite = tf.tidy(() => tf.cast(tf.isFinite(tf.addN(values.map(v => tf.sum(v)))), 'float32') as tf.Scalar);
      applyUpdates(all, finite);
      tf.dispose([values, finite]);
    } finally {
      tf.dispose(batchTensors(batch));
    }
    seen += batch.x.shape[0]!;
    if (seen >= EXAMPLES) return;
    await pacer.turn();
  }
}

/**
 * Rows of whole batches that are spread over the data, since data may be sorted; undefined where all rows are taken.
 */
export function spreadRows(size: number, batchSize: number): Uint32Array | undefined {
  const batches = Math.ceil(size / batchSize);
  const wanted = Math.ceil(EXAMPLES / batchSize);
  if (batches <= wanted) return undefined;
  const firsts = Array.from({ length: wanted }, (_, i) => Math.floor((i * batches) / wanted) * batchSize);
  return Uint32Array.from(
    firsts.flatMap(first => Array.from({ length: Math.min(batchSize, size - first) }, (_, i) => first + i)),
  );
}
