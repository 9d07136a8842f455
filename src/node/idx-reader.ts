import { idxRows } from '../data/idx-reader';
import type { OpenRowReader } from '../data/row-reader';
import { checkKeys } from '../ops/check-keys';
import { openReader } from './open-reader';

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
