import * as tf from '@tensorflow/tfjs';
import type { ColumnSupport, Support } from './support';

/** The units of a column: a value counts as `(x − centre) / spread` where the model calculates with it. */
export type ColumnUnits = {
  /** Default 0. It must be 0 where only positive numbers are values. */
  readonly centre?: number;
  /** Above 0. Default 1. */
  readonly spread?: number;
};

/** What a column looks like from outside: its values alone. */
export type ColumnValues = {
  /** The values that have a density. `'real'` if absent. */
  readonly support?: Support;
};

/** The support of a column. */
export function columnSupport(owner: string, name: string, { support = 'real' }: ColumnValues): ColumnSupport {
  if (support !== 'simplex' && !Array.isArray(support)) return support as ColumnSupport;
  throw new Error(`${owner}: column ${name} must explain single numbers, but the support of its family is ${support}`);
}

/** @throws When there is no column, a name cannot be part of a path, or units are those of no column or out of range. */
export function checkTable(
  owner: string,
  columns: Readonly<Record<string, ColumnValues>>,
  units: Readonly<Record<string, ColumnUnits>> = {},
): void {
  const names = Object.keys(columns ?? {});
  if (names.length === 0) throw new Error(`${owner}: columns must have at least one column, got none`);
  const odd = names.find(name => name === '' || name.includes('/'));
  if (odd !== undefined) throw new Error(`${owner}: the name of a column must be a word without /, got '${odd}'`);
  for (const [name, { centre = 0, spread = 1 }] of Object.entries(units)) {
    if (!names.includes(name)) throw new Error(`${owner}: units has ${name}, but the columns are ${names.join(', ')}`);
    const support = columnSupport(owner, name, columns[name]!);
    if (support !== 'real' && support !== 'positive') {
      throw new Error(`${owner}: units of ${name} make no sense, since its values are counted or bounded`);
    }
    if (!(Number.isFinite(centre) && Number.isFinite(spread) && spread > 0)) {
      throw new Error(
        `${owner}: units of ${name} must be a finite centre and a positive spread, got ${centre}, ${spread}`,
      );
    }
    if (support === 'positive' && centre !== 0) {
      throw new Error(`${owner}: the centre of ${name} must be 0, since its values are positive, got ${centre}`);
    }
  }
}

/** A value in the units of its column. */
export function toUnits(x: tf.Tensor, { centre = 0, spread = 1 }: ColumnUnits = {}): tf.Tensor {
  return centre === 0 && spread === 1 ? x : tf.div(tf.sub(x, centre), spread);
}
