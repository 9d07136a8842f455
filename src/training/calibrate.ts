import * as tf from '@tensorflow/tfjs';
import { batchTensors } from '../data/batch';
import { batchesOf } from '../data/batches';
import { Pacer } from '../data/pacer';
import type { Source } from '../data/source';
import { withTransforms } from '../data/transforms';
import { checkBatch } from '../models/check-data';
import { tidy } from '../ops/tidy';
import { evaluationContext } from './evaluate';
import type { TrainerParts } from './trainer-parts';
import { applyUpdates } from './update';

/** At most so many examples are read: σ² is then off by about 1 %, and the error of the ELBO goes with its square. */
const EXAMPLES = 10_000;

/**
 * Measures anew what a model knows about its training set, such as an optimal σ², under the weights that it has now.
 *
 * @param signal Ends it early.
 */
export async function calibrate(
  parts: TrainerParts,
  source: Source,
  batchSize: number,
  signal?: AbortSignal,
): Promise<void> {
  const { model, transforms, later } = parts;
  later.pacer ??= new Pacer();
  const order = source.kind === 'stream' ? undefined : spreadRows(source.size, batchSize);
  let seen = 0;
  const options = { batchSize, signal, ...(order && { order }) };
  for await (const { index, batch, rows } of batchesOf('calibrate: data', source, options)) {
    try {
      checkBatch('calibrate', batch, model);
      const context = { ...evaluationContext(parts, rows, source), calibration: index };
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
    await later.pacer.turn();
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
