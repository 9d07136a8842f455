import type { OpenRowReader } from '../data/row-reader';
import { type SafetensorsRowsOptions, safetensorsRows } from '../io/tensor-reader';
import { checkKeys } from '../ops/check-keys';
import { openReader } from './open-reader';

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
