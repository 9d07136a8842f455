import { checkKeys } from '../ops/check-keys';
import { Rng } from '../random/rng';
import { type ArrayField, rowSize } from './array-field';
import { checkArray, checkField } from './check-field';

/** A column of a data set: rows of examples, or one number per example. */
export type Column = ArrayField | Uint8Array | Int32Array | Float32Array;

/** What `splitDataset` takes. */
export type SplitOptions = {
  /** Examples that go into `test`: a number of them, or a share below 1. */
  test: number;
  /** Seed of the order in which examples are dealt out; 0 unless given, so that a split is the same in every run. */
  seed?: number;
};

/** The two sides of a split, each with the columns of the whole. */
export type Split<T> = {
  /** What is left when the test set is taken out. */
  train: T;
  /** Examples that training never sees. */
  test: T;
};

/**
 * Deals the examples of a data set out to a training and a test set, the same examples of every column.
 *
 * @param data Columns of one length by name, such as `{ images, labels }`; an absent column stays absent.
 * @param options How many examples go into the test set, and the seed.
 * @returns Copies of the rows in shuffled order, under the same names.
 * @throws When the columns differ in length, or `test` leaves one side without an example.
 * @example
 * ```ts
 * const { images, labels } = sprites({ count: 6000 });
 * const { train, test } = splitDataset({ images, labels }, { test: 1000, seed: 3 });
 * ```
 */
export function splitDataset<T extends { [name: string]: Column | undefined }>(
  data: T,
  options: SplitOptions,
): Split<T> {
  checkKeys('splitDataset', options, ['test', 'seed']);
  const columns = Object.entries(data).filter((entry): entry is [string, Column] => entry[1] !== undefined);
  const count = commonLength(columns);
  const { test, seed = 0 } = options;
  const testCount = test > 0 && test < 1 ? Math.round(test * count) : test;
  if (!Number.isSafeInteger(testCount) || testCount < 1 || testCount >= count) {
    throw new Error(
      `splitDataset: test must be a share below 1 or a number of examples that leaves both sets at least one of ${count}, got ${test}`,
    );
  }
  const order = new Rng(seed).fork('split').permutation(count);
  const take = (rows: Uint32Array) =>
    Object.fromEntries(columns.map(([name, column]) => [name, takeRows(column, rows)])) as T;
  return { train: take(order.subarray(testCount)), test: take(order.subarray(0, testCount)) };
}

function commonLength(columns: [string, Column][]): number {
  const lengths = columns.map(([name, column]) => {
    const owner = `splitDataset: ${name}`;
    if (column && 'shape' in column) {
      checkField(owner, column);
      return column.shape[0]!;
    }
    checkArray(owner, column);
    return column.length;
  });
  if (lengths.length === 0 || lengths.some(n => n !== lengths[0])) {
    const found = columns.map(([name], i) => `${name} ${lengths[i]}`).join(', ') || 'no column';
    throw new Error(`splitDataset: data must hold columns of one length, got ${found}`);
  }
  return lengths[0]!;
}

function takeRows(column: Column, rows: Uint32Array): Column {
  if (!('shape' in column)) return gather(column, rows, 1);
  return {
    ...column,
    values: gather(column.values, rows, rowSize(column)),
    shape: [rows.length, ...column.shape.slice(1)],
  };
}

function gather<A extends ArrayField['values']>(values: A, rows: Uint32Array, size: number): A {
  const taken = new (values.constructor as new (length: number) => A)(rows.length * size);
  rows.forEach((row, i) => {
    taken.set(values.subarray(row * size, (row + 1) * size), i * size);
  });
  return taken;
}
