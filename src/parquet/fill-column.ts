import type { ArrayField } from '../data/array-field';
import type { Column, ValueType } from './column';
import type { FieldPlan } from './field-plan';
import { describeNulls } from './nulls';

/** Where the values of a column go. */
export type Target = {
  /** File, column and row group, for errors. */
  owner: string;
  column: Column;
  plan: FieldPlan;
  /** The first place of the column within a row. */
  offset: number;
  values: ArrayField['values'];
};

/** Every `stride`-th place from `offset` on, `count` of them. */
type Places = { values: ArrayField['values']; type: ValueType; offset: number; stride: number; count: number };

/**
 * Puts the values of a column, one after the other, to their places.
 *
 * @returns False where there are more or fewer values, or one is not a number of this type.
 */
export function fillFlat(chunks: readonly ArrayLike<unknown>[], places: Places): boolean {
  const { values, type, offset, stride, count } = places;
  if (chunks.reduce((sum, { length }) => sum + length, 0) !== count) return false;
  let place = offset;
  for (const chunk of chunks) {
    // These hold numbers of the type alone.
    const isSame = chunk instanceof Int32Array || (type === 'float32' && isFloats(chunk));
    if (stride === 1 && isSame) {
      values.set(chunk, place);
      place += chunk.length;
      continue;
    }
    for (let i = 0; i < chunk.length; i++, place += stride) {
      const value = chunk[i];
      const number = typeof value === 'bigint' || typeof value === 'boolean' ? Number(value) : value;
      if (typeof number !== 'number' || (type === 'int32' && number !== (number | 0))) return false;
      values[place] = number;
    }
  }
  return true;
}

function isFloats(chunk: ArrayLike<unknown>): chunk is Float32Array | Float64Array {
  return chunk instanceof Float32Array || chunk instanceof Float64Array;
}

/**
 * Puts what hyparquet made of a column into rows of numbers.
 *
 * @returns How many rows there were.
 * @throws When a value is null, beyond 32 bits, or a list or byte string has another length.
 */
export function fillColumn(target: Target, chunks: readonly ArrayLike<unknown>[]): number {
  const { plan, offset, values } = target;
  const { width } = plan;
  let row = 0;
  for (const chunk of chunks) {
    const rows = Math.min(chunk.length, values.length / width - row);
    for (let i = 0; i < rows; i++) fillRow(target, row + i, (row + i) * width + offset, chunk[i]);
    row += chunk.length;
  }
  return row;
}

function fillRow(target: Target, row: number, place: number, value: unknown): void {
  const { column, plan, values, owner } = target;
  if (column.kind === 'number') {
    values[place] = numberOf(target, row, value);
  } else if (column.kind === 'list') {
    const lengths = column.depth === 1 ? [plan.width] : plan.shape;
    fillList(target, row, value, lengths, 0, place);
  } else {
    if (!(value instanceof Uint8Array)) throw new Error(describeNulls(owner, `a null in row ${row}`));
    if (value.length !== plan.width) {
      throw new Error(
        `${owner}: the bytes of row ${row} are ${value.length}, where ${plan.width} were expected; pictures have to be stored as pixels, not as PNG or JPEG`,
      );
    }
    values.set(value, place);
  }
}

/** @returns The place after the last value. */
function fillList(
  target: Target,
  row: number,
  list: unknown,
  lengths: readonly number[],
  level: number,
  place: number,
): number {
  const { owner, values } = target;
  if (list === null || list === undefined) throw new Error(describeNulls(owner, `a null in row ${row}`));
  const items = list as ArrayLike<unknown>;
  if (items.length !== lengths[level]) {
    throw new Error(
      `${owner}: the list of row ${row} has ${items.length} ${level === lengths.length - 1 ? 'values' : 'lists'}, where ${lengths[level]} were expected; lists of one length can be put into a batch`,
    );
  }
  for (let i = 0; i < items.length; i++) {
    if (level < lengths.length - 1) place = fillList(target, row, items[i], lengths, level + 1, place);
    else values[place++] = numberOf(target, row, items[i]);
  }
  return place;
}

function numberOf({ owner, plan }: Target, row: number, value: unknown): number {
  if (typeof value === 'number' && plan.type === 'float32') return value;
  if (value === null || value === undefined) throw new Error(describeNulls(owner, `a null in row ${row}`));
  const number = Number(value);
  if (plan.type === 'int32' && number !== (number | 0)) {
    throw new Error(`${owner}: row ${row} holds ${value}, which does not fit into 32 bits; write the column as floats`);
  }
  return number;
}
