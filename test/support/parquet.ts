import { parquetWriteBuffer } from 'hyparquet-writer';
import type { ByteSource } from '../../src/data/byte-source';

type WriteOptions = Parameters<typeof parquetWriteBuffer>[0];

/** A Parquet file in memory. */
export function parquetFile(
  columnData: WriteOptions['columnData'],
  options: Partial<Omit<WriteOptions, 'columnData'>> = {},
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parquetWriteBuffer({ rowGroupSize: 10, ...options, columnData }));
}

/** Bytes in memory as a source that notes what is read of it. */
export function noted(bytes: Uint8Array, name = 'rows.parquet') {
  const reads: { offset: number; length: number }[] = [];
  const source: ByteSource & { closed: boolean } = {
    name,
    size: bytes.length,
    closed: false,
    async read(offset, length, signal) {
      reads.push({ offset, length });
      await new Promise(resolve => setTimeout(resolve));
      signal?.throwIfAborted();
      return bytes.slice(offset, offset + length);
    },
    async close() {
      source.closed = true;
    },
  };
  return { source, reads };
}
