import { basename, resolve } from 'node:path';
import {
  type ArrayField,
  fashionMnist,
  type ImageSet,
  mnist,
  type SpritesOptions,
  splitDataset,
  sprites,
} from 'tfjs-vae';
import { fileCache, readIdxFolder } from 'tfjs-vae/node';
import { InputError } from './flags';

/** Images with what is known of them. */
export type Examples = {
  /** `[count, height, width, 1]`. */
  images: ArrayField;
  labels?: Uint8Array | undefined;
  /** `[count, factors]`, of sprites. */
  factors?: ArrayField | undefined;
};

export type ExampleData = {
  /** A description for the terminal. */
  name: string;
  train: Examples;
  test: Examples;
  /** Names of the labels 0, 1, …, where they have any. */
  labelNames?: readonly string[];
  factorNames?: readonly string[];
};

/** Sprites that are drawn where nobody says how many. */
const SPRITE_COUNT = 6000;

type Shapes = NonNullable<SpritesOptions['shapes']>;

/** The folder of idx files, or sprites where none is given. */
export async function loadImages(options: { data?: string | undefined; count: number; shapes?: Shapes }) {
  const { data, count, shapes } = options;
  return data === undefined ? loadSprites(count, shapes) : loadFolder(data, count);
}

/** Sprites, with a sixth as many again for the test. They are the same in every run. */
export function loadSprites(count = SPRITE_COUNT, shapes?: Shapes): ExampleData {
  const testCount = Math.max(20, Math.round(count / 6));
  const all = sprites({ count: count + testCount, ...(shapes && { shapes }) });
  const { images, labels, factors } = all;
  const sets = splitDataset({ images, labels, factors }, { test: testCount });
  return { name: 'sprites', ...sets, labelNames: all.shapeNames, factorNames: all.factorNames };
}

/**
 * Images of a folder of idx files. Where it has no test set, a tenth is set aside.
 *
 * @throws InputError when it cannot be read.
 */
export async function loadFolder(path: string, count?: number): Promise<ExampleData> {
  try {
    const { train, test } = await readIdxFolder(path);
    const sets = test ? { train, test } : splitDataset({ ...train }, { test: 0.1 });
    return atMost({ name: basename(resolve(path)), ...sets }, count);
  } catch (error) {
    throw new InputError((error as Error).message.replace(/^\w+: /, '--data: '));
  }
}

/**
 * MNIST or Fashion-MNIST from the network, kept in `.cache/`.
 *
 * @throws InputError when it does not come.
 */
export async function download(
  name: 'mnist' | 'fashion-mnist',
  { count, signal }: { count?: number | undefined; signal: AbortSignal },
): Promise<ExampleData> {
  const load = name === 'mnist' ? mnist : fashionMnist;
  try {
    const sets = await load({ cache: fileCache('.cache'), signal });
    return atMost({ name, ...sets }, count);
  } catch (error) {
    if (signal.aborted) throw new InputError(`--dataset ${name}: interrupted while downloading`);
    const reason = (error as Error).message
      .replace(/^\w+: /, '')
      .replace('give baseUrl the address of a mirror, or ', '');
    throw new InputError(`--dataset ${name}: ${reason} with --data`);
  }
}

/** The first examples; as many for the test at most. */
function atMost(data: ExampleData, count: number | undefined): ExampleData {
  if (count === undefined) return data;
  return { ...data, train: firstExamples(data.train, count), test: firstExamples(data.test, count) };
}

function firstExamples({ images, labels }: ImageSet | Examples, count: number): Examples {
  const [total, ...event] = images.shape as [number, ...number[]];
  const kept = Math.min(total, count);
  const size = event.reduce((product, n) => product * n, 1);
  return {
    images: { ...images, values: images.values.subarray(0, kept * size), shape: [kept, ...event] },
    labels: labels?.subarray(0, kept),
  };
}

/**
 * The names of the labels 0, 1, …: numbers where they have no names.
 *
 * @throws InputError when the images have no labels.
 */
export function labelsOf({ name, labelNames, train, test }: ExampleData): readonly string[] {
  if (!train.labels || !test.labels) throw new InputError(`--data: ${name} has no labels, which this example needs`);
  if (labelNames) return labelNames;
  const highest = [train.labels, test.labels].flatMap(labels => [...labels]).reduce((a, b) => Math.max(a, b));
  return Array.from({ length: highest + 1 }, (_, label) => String(label));
}

/** The images whose label is wanted. */
export function whereLabel({ images, labels }: Examples, wanted: (label: number) => boolean): ArrayField {
  return pickRows(
    images,
    [...labels!.keys()].filter(i => wanted(labels![i]!)),
  );
}

/** Some images of many. */
export function pickRows(images: ArrayField, rows: ArrayLike<number>): ArrayField {
  const { values, shape } = images;
  const size = values.length / shape[0]!;
  const picked = new Uint8Array(rows.length * size);
  for (let i = 0; i < rows.length; i++) picked.set(values.subarray(rows[i]! * size, (rows[i]! + 1) * size), i * size);
  return { ...images, values: picked, shape: [rows.length, ...shape.slice(1)] };
}
