import type { ColumnUnits } from '../data/table';
import { bernoulliFamily } from './bernoulli-family';
import { categoricalFamily } from './categorical-family';
import type { ColumnsFamilyOptions } from './columns-family';
import type { Family } from './family';
import { gaussianFamily } from './gaussian-family';
import { logNormalFamily } from './log-normal-family';
import { negativeBinomialFamily } from './negative-binomial-family';

/** What kind of values a column has; the names of classes may stand for their number. */
export type ColumnKind =
  | 'real'
  | 'positive'
  | 'counts'
  | 'binary'
  | {
      /** How many classes there are, or their names. */
      readonly categories: number | readonly string[];
    };

/** One value of a table; null, undefined, NaN and the empty string are missing. */
export type TableValue = number | boolean | string | null | undefined;

/** Rows of a table by the names of their columns, as a CSV or JSON reader gives them. */
export type TableRows = readonly Readonly<Record<string, TableValue>>[];

/** What `columnsFamily` and `columnsToInput` take. */
export type TableColumns = ColumnsFamilyOptions & {
  /** The family of each column. */
  columns: Readonly<Record<string, Family>>;
  /** Centre and spread of real and positive columns. */
  units: Readonly<Record<string, ColumnUnits>>;
  /** The names of the classes of categories. */
  labels: Readonly<Record<string, readonly string[]>>;
};

/**
 * Chooses a family for each column of a table.
 *
 * `'real'`: a Gaussian with a σ of its column; `'positive'`: log-normal, likewise; `'counts'`: negative binomial with a
 * dispersion of its column; `'binary'`: Bernoulli; categories: categorical.
 *
 * From rows the kinds are guessed: text is a category, true and false or 0 and 1 alone are binary, whole numbers from 0
 * on are counts, other numbers above 0 are positive, the rest is real; `kinds` says otherwise, column by column. Units
 * come with them: mean and standard deviation of real columns, the geometric mean of positive ones.
 *
 * @param given Kinds by the name of the column, in the order of the columns; or rows.
 * @param kinds For rows: the kinds that are not to be guessed, `'category'` for numbers that are class indices.
 * @returns `{ columns, units, labels }` for `columnsFamily`, `columnsToInput` and `tableValues`.
 * @throws When a kind is unknown, a column has no value at all, or a value does not belong to its kind.
 * @example
 * ```ts
 * const rows = [{ height: 181.5, visits: 2, species: 'cat' }, { height: null, visits: 0, species: 'dog' }];
 * const table = tableColumns(rows, { height: 'real' });
 * const x = tableValues(rows, table); // { values: [181.5, 2, 0, NaN, 0, 1], shape: [2, 3] }
 * const likelihood = columnsFamily(table);
 * ```
 */
export function tableColumns(
  given: Readonly<Record<string, ColumnKind>> | TableRows,
  kinds: Readonly<Record<string, ColumnKind | 'category'>> = {},
): TableColumns {
  if (!Array.isArray(given)) return fromKinds(given as Readonly<Record<string, ColumnKind>>, {});
  const rows = given as TableRows;
  const names = [...new Set(rows.flatMap(row => Object.keys(row)))];
  const unknown = Object.keys(kinds).find(name => !names.includes(name));
  if (unknown) throw new Error(`tableColumns: kinds has ${unknown}, but the columns are ${names.join(', ')}`);
  const columns = names.map(name => {
    const values = rows.map(row => row[name]).filter(value => !isMissing(value));
    if (values.length === 0) throw new Error(`tableColumns: column ${name} has no value; leave it out`);
    return { name, values, kind: kindOf(values, kinds[name]) };
  });
  const units = columns.flatMap(({ name, values, kind }) => {
    const own = unitsOf(values.map(Number), kind);
    return own ? [[name, own] as const] : [];
  });
  return fromKinds(Object.fromEntries(columns.map(({ name, kind }) => [name, kind])), Object.fromEntries(units));
}

/**
 * The values of rows as numbers, a column each: true as 1, the label of a class as its index, what is missing as NaN.
 *
 * @param rows Rows by the names of their columns.
 * @param table What `tableColumns` returned; or `columns` and `labels` alone.
 * @returns `{ values, shape: [rows, columns] }`, which `fit` takes.
 * @throws When a text is not among the labels of its column; the message names both.
 * @example
 * ```ts
 * const x = tableValues([{ sick: true }, { sick: null }], tableColumns({ sick: 'binary' })); // 1, NaN
 * ```
 */
export function tableValues(
  rows: TableRows,
  { columns, labels = {} }: Pick<ColumnsFamilyOptions, 'columns' | 'labels'>,
): {
  /** The cells, row by row; NaN where one is missing. */
  values: Float32Array;
  /** `[rows, columns]`. */
  shape: number[];
} {
  const names = Object.keys(columns);
  const values = rows.flatMap((row, i) => names.map(name => numberOf(row[name], name, labels[name], i)));
  return { values: Float32Array.from(values), shape: [rows.length, names.length] };
}

function numberOf(value: TableValue, name: string, labels: readonly string[] | undefined, row: number): number {
  if (isMissing(value)) return Number.NaN;
  if (!labels && typeof value !== 'string') return Number(value);
  const index = labels?.indexOf(String(value)) ?? -1;
  if (index >= 0) return index;
  const known = labels ? `one of ${labels.join(', ')}` : 'a number';
  throw new Error(`tableValues: ${name} must be ${known}, got '${value}' in row ${row}`);
}

function isMissing(value: TableValue): boolean {
  return value === null || value === undefined || value === '' || Number.isNaN(value);
}

function fromKinds(
  kinds: Readonly<Record<string, ColumnKind>>,
  units: Readonly<Record<string, ColumnUnits>>,
): TableColumns {
  const names = Object.keys(kinds);
  const labels = names.flatMap(name => {
    const kind = kinds[name]!;
    return typeof kind === 'object' && Array.isArray(kind.categories) ? [[name, kind.categories] as const] : [];
  });
  const columns = names.map(name => [name, familyOf(name, kinds[name]!)] as const);
  return { columns: Object.fromEntries(columns), units, labels: Object.fromEntries(labels) };
}

function familyOf(name: string, kind: ColumnKind): Family {
  if (kind === 'real') return gaussianFamily({ sigma: 'shared' });
  if (kind === 'positive') return logNormalFamily({ scale: 'shared' });
  if (kind === 'counts') return negativeBinomialFamily();
  if (kind === 'binary') return bernoulliFamily();
  const classes = Array.isArray(kind?.categories) ? kind.categories.length : kind?.categories;
  if (typeof classes === 'number') return categoricalFamily({ classes });
  const known = "'real', 'positive', 'counts', 'binary' or { categories }";
  throw new Error(`tableColumns: the kind of ${name} must be ${known}, got ${JSON.stringify(kind)}`);
}

/** The kind of values that are there. */
function kindOf(values: readonly TableValue[], told: ColumnKind | 'category' | undefined): ColumnKind {
  const hasText = values.some(value => typeof value === 'string');
  if (told === 'category' || (!told && hasText)) {
    if (hasText) return { categories: [...new Set(values.map(String))].sort() };
    return { categories: 1 + values.reduce((most: number, value) => Math.max(most, Number(value)), 0) };
  }
  if (told) return told;
  const numbers = values.map(Number);
  if (numbers.every(v => v === 0 || v === 1)) return 'binary';
  if (numbers.every(v => Number.isInteger(v) && v >= 0)) return 'counts';
  return numbers.every(v => v > 0) ? 'positive' : 'real';
}

/** What values of a kind are measured in. */
function unitsOf(values: readonly number[], kind: ColumnKind): ColumnUnits | undefined {
  if (kind === 'positive') return { spread: Math.exp(meanOf(values.map(Math.log))) };
  if (kind !== 'real') return undefined;
  const centre = meanOf(values);
  // A column of one value has no spread.
  return { centre, spread: Math.sqrt(meanOf(values.map(v => (v - centre) ** 2))) || 1 };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
