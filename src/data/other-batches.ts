import { describeGiven } from './describe-given';
import { disposeElement } from './dispose-element';
import type { NumberedBatch, Place } from './numbered-batch';
import { checkRead, type Fields, type RowReader } from './row-reader';
import type { Source } from './source';
import { toBatch } from './to-batch';
import type { ArrayData } from './training-data';
import { atMost, unlessAborted } from './unless-aborted';

/** How long a stream or a reader may take to end, in milliseconds, when nobody waits for its batches any more. */
const TIME_TO_END = 1000;

/** The batches of a stream or a reader. These get a signal that is aborted when the consumer stops or aborts. */
export async function* otherBatches(
  owner: string,
  source: Exclude<Source, { kind: 'rows' }>,
  places: Iterator<Place>,
  signal?: AbortSignal,
): AsyncGenerator<NumberedBatch> {
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    if (source.kind === 'stream') yield* streamed(owner, source, stop);
    else yield* readAhead(owner, source.reader, places, stop);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/**
 * The next batch is read while the consumer is busy with the last one. A waiting batch is on the host, not a tensor.
 */
async function* readAhead(
  owner: string,
  reader: RowReader,
  places: Iterator<Place>,
  stop: AbortController,
): AsyncGenerator<NumberedBatch> {
  const ask = () => {
    const { done, value } = places.next();
    if (done) return undefined;
    const fields = readPlace(`${owner}: batch ${value.index}`, reader, value.rows, stop.signal);
    fields.catch(() => {}); // It is thrown when its batch is asked for; until then nobody listens.
    return { ...value, fields };
  };
  let next = stop.signal.aborted ? undefined : ask();
  try {
    while (next) {
      const { index, rows } = next;
      const fields: Fields | undefined = await unlessAborted(next.fields, stop.signal);
      if (!fields) return;
      next = ask();
      yield { index, batch: toBatch(`${owner}: batch ${index}`, fields), rows };
    }
  } finally {
    stop.abort();
    // Whoever stopped may close the reader now.
    if (next)
      await atMost(
        TIME_TO_END,
        next.fields.catch(() => {}),
      );
  }
}

async function readPlace(owner: string, reader: RowReader, rows: Uint32Array, signal: AbortSignal): Promise<Fields> {
  let fields: Fields;
  try {
    fields = await reader.read(rows, signal);
  } catch (cause) {
    throw new Error(`${owner}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  checkRead(owner, reader, rows.length, fields);
  return fields;
}

/** In the order in which they come; their place in the data set is counted. */
async function* streamed(
  owner: string,
  { open }: Source & { kind: 'stream' },
  stop: AbortController,
): AsyncGenerator<NumberedBatch> {
  const iterator = open(stop.signal);
  let seen = 0;
  try {
    for (let index = 0; !stop.signal.aborted; index++) {
      const next = Promise.resolve(iterator.next());
      const result = await unlessAborted(next, stop.signal, late => disposeElement(late?.value));
      if (stop.signal.aborted) return disposeElement(result?.value);
      const { done, value } = checkResult(`${owner}: batch ${index}`, result);
      if (done) {
        if (index === 0) throw new Error(`${owner}: the stream gave no batch; at least one is needed`);
        return;
      }
      const batch = toBatch(`${owner}: batch ${index}`, value);
      const count = batch.x.shape[0]!;
      yield { index, batch, rows: Uint32Array.from({ length: count }, (_, i) => seen + i) };
      seen += count;
    }
  } finally {
    stop.abort();
    await atMost(TIME_TO_END, Promise.resolve(iterator.return?.()));
  }
}

function checkResult(owner: string, result: IteratorResult<ArrayData> | undefined): IteratorResult<ArrayData> {
  if (typeof result === 'object' && result !== null) return result;
  throw new Error(`${owner}: next() must return { done, value }, got ${describeGiven(result)}`);
}
