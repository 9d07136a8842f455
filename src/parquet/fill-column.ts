import type { ArrayField } from '../data/array-field';
import type { Column } from './column';
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

/**
 * Puts what hyparquet made of a column into rows of numbers.
 *
 * @returns How many rows there were.
 * @throws When a value is null, beyond 32 bits, or a list or byte string has another length.
 */
export function fillColumn(target: Target, chunks: readonly ArrayLike<unknown>[]): number {
  const { column, plan, offset, values } = target;
  const { width } = plan;
  let row = 0;
  for (const chunk of chunks) {
    const rows = Math.min(chunk.length, values.length / width - row);
    // Floats lie in the file as they are wanted here.
    if (column.kind === 'number' && width === 1 && chunk instanceof Float32Array && rows === chunk.length) {
      values.set(chunk, row);
    } else {
      for (let i = 0; i < rows; i++) fillRow(target, row + i, (row + i) * width + offset, chunk[i]);
    }
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
