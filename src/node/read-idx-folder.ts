import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArrayField } from '../data/array-field';
import { readIdx } from '../data/idx';
import { asImages, asLabels, type ImageSet } from '../datasets/labelled-images';
import { checkKeys } from '../ops/check-keys';

/**
 * The images of a folder. `test` is there where the folder has a test set; `splitDataset` makes one where it has not.
 */
export type IdxFolder = {
  /** The training images. */
  train: ImageSet;
  /** The test images. */
  test?: ImageSet;
};

/** What `readIdxFolder` takes beside the path. */
export type IdxFolderOptions = {
  /** Whether there must be a test set: if true, reading a folder without one fails. */
  test?: boolean;
  /** Whether all images must have labels: if true, reading a folder without them fails. */
  labels?: boolean;
};

/** The type of the result: what the options demand is not optional in it. */
export type IdxFolderWith<O extends IdxFolderOptions> = {
  /** The training images. */
  train: ImagesWith<O>;
} & (O['test'] extends true
  ? {
      /** The test images. */
      test: ImagesWith<O>;
    }
  : {
      /** The test images, where there are some. */
      test?: ImagesWith<O>;
    });

/** Images, with labels where the options demand them. */
export type ImagesWith<O extends IdxFolderOptions> = O['labels'] extends true ? Required<ImageSet> : ImageSet;

/** `train-images-idx3-ubyte.gz`, also with a dot before idx as some copies have it, or without the first word. */
const FILE = /^(?:(train|t10k|test)-)?(images|labels)[-.]idx[13]-ubyte(\.gz)?$/;

/**
 * The images in a folder of idx files, gzip'd or not: `train-images-idx3-ubyte`, `t10k-…` (or `test-…`), the same with
 * `labels-idx1`, or a lone `images-idx3-ubyte`.
 *
 * Images are `[count, height, width, 1]`, uint8 with scale 1/255. Where a file is there in both forms, the
 * unpacked one is read.
 *
 * @param path The folder.
 * @param options What must be there; the type of the result then has it too.
 * @throws When the folder or a file cannot be read, there are no training images, or labels do not fit the images; the
 * error is one line and names the path.
 * @example
 * ```ts
 * const { train, test } = await readIdxFolder('data/mnist', { test: true });
 * const x = toTensor(train.images, { count: 64 }); // [64, 28, 28, 1] in [0, 1]
 * ```
 */
export async function readIdxFolder<const O extends IdxFolderOptions = Record<never, never>>(
  path: string,
  options?: O,
): Promise<IdxFolderWith<O>> {
  checkKeys('readIdxFolder', options ?? {}, ['test', 'labels'] as never);
  const files = await listFiles(path);
  const train = (await readSet(files, 'train')) ?? (await readSet(files, ''));
  if (!train) {
    throw new Error(
      `readIdxFolder: ${path} holds no training images: expected train-images-idx3-ubyte or images-idx3-ubyte, with or without .gz`,
    );
  }
  const test = (await readSet(files, 't10k')) ?? (await readSet(files, 'test'));
  const folder: IdxFolder = test ? { train, test } : { train };
  if (options?.test && !test)
    throw new Error(`readIdxFolder: ${path} holds no test images, such as t10k-images-idx3-ubyte`);
  for (const [name, set] of Object.entries(folder)) {
    if (options?.labels && !set.labels) throw new Error(`readIdxFolder: ${path} holds no labels of the ${name} images`);
  }
  return folder as IdxFolderWith<O>;
}

/** File names by what they hold, such as `train images`. */
async function listFiles(path: string): Promise<Map<string, string>> {
  const names = await readdir(path).catch(error => {
    throw new Error(`readIdxFolder: cannot read the folder ${path}: ${reason(error)}`, { cause: error });
  });
  const files = new Map<string, string>();
  // Sorted, a name comes before the same name with .gz.
  for (const name of names.sort()) {
    const [match, prefix = '', kind] = FILE.exec(name) ?? [];
    const key = `${prefix} ${kind}`;
    if (match && !files.has(key)) files.set(key, join(path, name));
  }
  return files;
}

async function readSet(files: Map<string, string>, prefix: string): Promise<ImageSet | undefined> {
  const imageFile = files.get(`${prefix} images`);
  const labelFile = files.get(`${prefix} labels`);
  if (!imageFile) return undefined;
  const images = await readFrom(imageFile, asImages);
  if (!labelFile) return { images };
  return { images, labels: await readFrom(labelFile, idx => asLabels(idx, images)) };
}

async function readFrom<T>(file: string, convert: (idx: ArrayField) => T): Promise<T> {
  try {
    return convert(await readIdx(await readFile(file)));
  } catch (error) {
    throw new Error(`readIdxFolder: cannot read ${file}: ${reason(error)}`, { cause: error });
  }
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'ENOTDIR') return 'it is not a folder';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return error instanceof Error ? error.message : String(error);
}
