import { FileFormatError } from '../data/file-format-error';
import { checkCounts } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { sizeOfShape } from '../ops/shape';
import { type Column, columnOf, type ValueType } from './column';
import type { ParquetField } from './options';
import type { ParquetFile } from './parquet-file';

/** How columns become the rows of a field. */
export type FieldPlan = {
  readonly columns: readonly Column[];
  readonly type: ValueType;
  /** The event shape. */
  readonly shape: readonly number[];
  /** Values in a row. */
  readonly width: number;
  readonly scale?: number | undefined;
};

const BYTES: Record<ValueType, number> = { uint8: 1, int32: 4, float32: 4 };

/** Bytes of a decoded row. */
export function rowBytes(plans: readonly FieldPlan[]): number {
  return plans.reduce((sum, { type, width }) => sum + BYTES[type] * width, 0);
}

/** @throws When the columns are not there, cannot be put into a batch, or do not make up the shape. */
export function planField(file: ParquetFile, field: string, given: ParquetField): FieldPlan {
  const owner = `parquetRows: fields.${field}`;
  const { columns: named, shape, scale } = toObject(owner, given);
  const names = typeof named === 'string' ? [named] : named;
  if (!Array.isArray(names) || names.length === 0 || names.some(name => typeof name !== 'string')) {
    throw new Error(`${owner} must name a column or several, got ${JSON.stringify(named)}`);
  }
  if (shape !== undefined) checkCounts(owner, 'shape', shape);
  if (scale !== undefined && !Number.isFinite(scale)) throw new Error(`${owner}: scale must be a number, got ${scale}`);
  const columns = names.map(name => columnOf(file, name));
  const wide = columns.find(({ kind }) => kind !== 'number');
  if (wide && columns.length > 1) {
    throw new Error(
      `${owner}: only columns of numbers go side by side, and '${wide.name}' holds ${wide.kind === 'bytes' ? 'byte strings' : 'lists'}`,
    );
  }
  const own = wide ? widthOf(file, owner, wide, shape) : columns.length;
  const event = shape ?? (wide || typeof named !== 'string' ? [own] : []);
  if (sizeOfShape(event) !== own) {
    const what = wide ? `the ${own} values of a row of '${wide.name}'` : `${own} columns`;
    throw new Error(`${owner}: shape [${event}] has ${sizeOfShape(event)} values, which does not fit ${what}`);
  }
  return { columns, type: commonType(columns), shape: event, width: own, ...(scale !== undefined && { scale }) };
}

function toObject(owner: string, given: ParquetField): Exclude<ParquetField, string | readonly string[]> {
  if (typeof given === 'string' || Array.isArray(given)) return { columns: given };
  const object = given as Exclude<ParquetField, string | readonly string[]>;
  checkKeys(owner, object, ['columns', 'shape', 'scale'], { column: 'columns' }, ['columns']);
  return object;
}

function commonType(columns: readonly Column[]): ValueType {
  const types = columns.map(({ type }) => type);
  if (types.includes('float32')) return 'float32';
  return types.includes('int32') ? 'int32' : 'uint8';
}

/** How many values a row of lists or bytes has. */
function widthOf(file: ParquetFile, owner: string, column: Column, shape: readonly number[] | undefined): number {
  if (column.kind === 'bytes') {
    const length = column.byteLength ?? (shape && sizeOfShape(shape));
    if (length) return length;
    throw new Error(
      `${owner}: the file does not tell how long the byte strings of '${column.name}' are; give { columns: '${column.name}', shape: [28, 28, 1], scale: 1 / 255 }, say`,
    );
  }
  if (column.depth > 1 && shape?.length !== column.depth) {
    throw new Error(
      `${owner}: '${column.name}' holds lists in lists, ${column.depth} deep; give a shape of ${column.depth} lengths`,
    );
  }
  return listLength(file, column);
}

/** A list of fixed length has as many values in each row; a ragged one is seen by that before anything is read. */
function listLength({ bytes, metadata, groups }: ParquetFile, { name }: Column): number {
  let length: number | undefined;
  for (const { index, rows } of groups) {
    const chunk = metadata.row_groups[index]!.columns.find(c => c.meta_data?.path_in_schema[0] === name);
    const own = Number(chunk?.meta_data?.num_values ?? 0) / rows;
    length ??= own;
    if (Number.isInteger(own) && own === length && own > 0) continue;
    throw new FileFormatError(
      `parquetRows: the lists in column '${name}' of ${bytes.name} differ in length: ${own * rows} values in ${rows} rows of row group ${index}${own === length ? '' : `, where group ${groups[0]!.index} has ${length} a row`}`,
    );
  }
  return length!;
}
