import type { ByteSource } from '../data/byte-source';
import { idxRows } from '../data/idx-rows';
import { type RawOptions, rawRows } from '../data/raw-rows';
import type { OpenRowReader } from '../data/row-reader';
import { type SafetensorsRowsOptions, safetensorsRows } from '../io/safetensors-rows';
import { checkKeys } from '../ops/check-keys';
import { fileBytes } from './file-bytes';

/** What `idxReader` takes. */
export type IdxReaderOptions = {
  /** Path of the data, such as `train-images-idx3-ubyte`. */
  x: string;
  /** Path of the labels, as many as there are rows. */
  labels?: string;
  /** What a value is multiplied by when it is put into a batch; `1 / 255` for pictures and 1 for others unless given. */
  scale?: number;
};

/**
 * The rows of idx files on disk, read when their batch is due: `idxRows` for paths.
 *
 * @param options The files; not gzip'd.
 * @returns Data for `fit` and `evaluate`; `close()` closes the files.
 * @throws When a file cannot be opened, and as `idxRows`; no file stays open then.
 * @example
 * ```ts
 * const reader = await idxReader({ x: 'data/train-images-idx3-ubyte', labels: 'data/train-labels-idx1-ubyte' });
 * await trainer.fit(reader, { epochs: 10 });
 * await reader.close();
 * ```
 */
export async function idxReader(options: IdxReaderOptions): Promise<OpenRowReader> {
  checkKeys('idxReader', options, ['x', 'labels', 'scale'], { images: 'x', path: 'x' }, ['x']);
  const { x, labels, scale } = options;
  const paths = labels === undefined ? [x] : [x, labels];
  return openReader(paths, ([images, classes]) =>
    idxRows({ x: images!, ...(classes && { labels: classes }), ...(scale !== undefined && { scale }) }),
  );
}

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

/** What `safetensorsReader` takes. */
export type SafetensorsReaderOptions = SafetensorsRowsOptions & {
  /** Path of the file. */
  path: string;
};

/**
 * The rows of tensors in a safetensors file on disk, read when their batch is due: `safetensorsRows` for a path.
 *
 * @param options The file, and which of its tensors is which field.
 * @returns Data for `fit` and `evaluate`; `close()` closes the file.
 * @throws When the file cannot be opened, and as `safetensorsRows`; it does not stay open then.
 * @example
 * ```ts
 * const reader = await safetensorsReader({ path: 'digits.safetensors', fields: { x: 'images', labels: 'digits' } });
 * await trainer.fit(reader, { epochs: 10 });
 * await reader.close();
 * ```
 */
export async function safetensorsReader(options: SafetensorsReaderOptions): Promise<OpenRowReader> {
  checkKeys('safetensorsReader', options, ['path', 'fields', 'scale'], {}, ['path', 'fields']);
  const { path, ...rows } = options;
  return openReader([path], ([file]) => safetensorsRows(file!, rows));
}

/** A reader over files, none of which stays open when it cannot be made. */
async function openReader(
  paths: readonly string[],
  make: (files: ByteSource[]) => OpenRowReader | Promise<OpenRowReader>,
): Promise<OpenRowReader> {
  const files: ByteSource[] = [];
  try {
    for (const path of paths) files.push(await fileBytes(path));
    return await make(files);
  } catch (error) {
    for (const file of files) await file.close?.();
    throw error;
  }
}
