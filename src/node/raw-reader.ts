import { type RawOptions, rawRows } from '../data/raw-reader';
import type { OpenRowReader } from '../data/row-reader';
import { checkKeys } from '../ops/check-keys';
import { openReader } from './open-reader';

/** What `rawReader` takes. */
export type RawReaderOptions = RawOptions & {
  /** Path of the file. */
  path: string;
};

/**
 * Rows of plain numbers on disk, read when their batch is due: `rawRows` for a path.
 *
 * @param options The file, the event shape and how its numbers are stored.
 * @returns Data for `fit` and `evaluate`; `close()` closes the file.
 * @throws When the file cannot be opened, and as `rawRows`; it does not stay open then.
 * @example
 * ```ts
 * const reader = await rawReader({ path: 'faces.bin', shape: [64, 64, 3], dtype: 'uint8', scale: 1 / 255 });
 * const small = convVae({ inputShape: [64, 64, 3], latentDim: 16 });
 * await new VaeTrainer({ model: small, seed: 7 }).fit(reader, { epochs: 10 });
 * await reader.close();
 * ```
 */
export async function rawReader(options: RawReaderOptions): Promise<OpenRowReader> {
  checkKeys('rawReader', options, ['path', 'shape', 'dtype', 'scale', 'offset'], {}, ['path', 'shape', 'dtype']);
  const { path, ...rows } = options;
  return openReader([path], ([x]) => rawRows(x!, rows));
}
