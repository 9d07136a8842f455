import type { NumberedBatch, Place } from './batches';
import { checkRead, type Fields, type RowReader } from './row-reader';
import type { Source } from './source';
import { toBatch } from './to-batch';

/** The next batch is read while whoever took the last one is busy with it. What waits is on the host, not a tensor. */
export async function* readAhead(
  owner: string,
  reader: RowReader,
  places: Iterator<Place>,
): AsyncGenerator<NumberedBatch> {
  const stop = new AbortController();
  const ask = () => {
    const { done, value } = places.next();
    if (done) return undefined;
    const fields = readPlace(`${owner}: batch ${value.index}`, reader, value.rows, stop.signal);
    fields.catch(() => {}); // It is thrown at its batch, and until then nobody listens.
    return { ...value, fields };
  };
  let next = ask();
  try {
    while (next) {
      const { index, rows } = next;
      const fields: Fields = await next.fields;
      next = ask();
      yield { index, batch: toBatch(`${owner}: batch ${index}`, fields), rows };
    }
  } finally {
    stop.abort();
    // Whoever stopped may close the reader now.
    await next?.fields.catch(() => {});
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
export async function* streamed(
  owner: string,
  iterator: ReturnType<(Source & { kind: 'stream' })['open']>,
): AsyncGenerator<NumberedBatch> {
  let seen = 0;
  try {
    for (let index = 0; ; index++) {
      const { done, value } = await iterator.next();
      if (done) {
        if (index === 0) throw new Error(`${owner}: the stream gave no batch; at least one is needed`);
        return;
      }
      const batch = toBatch(`${owner}: batch ${index}`, value);
      const count = batch.x.shape[0] ?? 0;
      yield { index, batch, rows: Uint32Array.from({ length: count }, (_, i) => seen + i) };
      seen += count;
    }
  } finally {
    await iterator.return?.();
  }
}
