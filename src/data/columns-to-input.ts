import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { choose } from '../ops/choose';
import { tidy } from '../ops/tidy';
import type { ColumnSupport } from './support';
import { type ColumnUnits, type ColumnValues, checkTable, columnSupport } from './table';
import type { BatchTransform } from './transforms';

/** What `columnsToInput` takes: the options of `columnsFamily`, or what `tableColumns` returned. */
export type ColumnsToInputOptions = {
  /** The families of the columns, by name and in their order. */
  columns: Readonly<Record<string, ColumnValues>>;
  /** By the name of a column: what real and positive values are measured in. */
  units?: Readonly<Record<string, ColumnUnits>>;
  /** Not looked at: so that what `tableColumns` returned can be given as it is. */
  labels?: Readonly<Record<string, readonly string[]>>;
};

/** The transform of a table, and how many numbers its encoder gets. */
export type ColumnsTransform = BatchTransform & {
  /** The size of the encoder's input, for `inputShape: [size]`. */
  readonly size: number;
};

/**
 * Makes what the encoder of a table sees, and keeps the table as the target: numbers of a like size, in place of missing
 * values zeros, and a flag for each column that is 1 where its value is missing.
 *
 * Real values are `(x − centre) / spread`, positive ones `log(x / spread)`, counts `log(1 + x)`; categories are one-hot;
 * binary values and shares stay. Missing is what is NaN, or has a mask of 0; the mask itself is used up. Nazábal et al.
 * 2020 (arXiv 1807.03653, section 3) feed tables to a VAE in this way.
 *
 * Shapes: x (or the target, where there is one) `[batch, columns]` becomes x `[batch, size]` and target
 * `[batch, columns]`.
 *
 * @returns A transform for `VaeTrainer`, whose `size` is the width of the encoder's input.
 * @throws When units are not those of the columns.
 * @example
 * ```ts
 * const table = tableColumns({ height: 'real', visits: 'counts', species: { categories: 3 } });
 * const toInput = columnsToInput(table);
 * const vae = mlpVae({ inputShape: [toInput.size], latentDim: 2, likelihood: columnsFamily(table) });
 * const trainer = new VaeTrainer({ model: vae, transforms: [toInput] });
 * ```
 */
export function columnsToInput(options: ColumnsToInputOptions): ColumnsTransform {
  checkKeys('columnsToInput', options, ['columns', 'units', 'labels'], {}, ['columns']);
  const { columns, units = {} } = options;
  checkTable('columnsToInput', columns, units);
  const supports = Object.entries(columns).map(([name, one]) => columnSupport('columnsToInput', name, one));
  const names = Object.keys(columns);
  const transform: BatchTransform = ({ mask, ...batch }) =>
    tidy(() => {
      const given = tf.cast(batch.target ?? batch.x, 'float32');
      if (given.rank !== 2 || given.shape[1] !== names.length) {
        throw new Error(`columnsToInput: x must be [batch, ${names.length}], a column each, got [${given.shape}]`);
      }
      const table = mask ? choose(tf.greater(tf.add(mask, tf.zeros(given.shape)), 0), given, notANumber(given)) : given;
      const missing = tf.isNaN(table);
      const parts = tf.split(table, names.length, 1).map((x, i) => inputOf(x, supports[i]!, units[names[i]!] ?? {}));
      const absent = tf.split(missing, names.length, 1) as tf.Tensor[];
      const filled = parts.map((part, i) => {
        const hidden = part.shape[1] === 1 ? absent[i]! : tf.tile(absent[i]!, [1, part.shape[1]!]);
        return choose(hidden, tf.zerosLike(part), part);
      });
      return { ...batch, x: tf.concat([...filled, tf.cast(missing, 'float32')], 1), target: table };
    });
  const config = { kind: 'columnsToInput', supports, units };
  const size = supports.reduce((sum, support) => sum + widthOf(support), names.length);
  return Object.assign(transform, { config, size, reshapes: true });
}

/** How many numbers the encoder gets of a column. */
function widthOf(support: ColumnSupport): number {
  return typeof support === 'object' && 'categories' in support ? support.categories : 1;
}

/** Of one column `[batch, 1]`; NaN where it is missing. */
function inputOf(x: tf.Tensor, support: ColumnSupport, { centre = 0, spread = 1 }: ColumnUnits): tf.Tensor {
  if (support === 'real') return tf.div(tf.sub(x, centre), spread);
  if (support === 'positive') return tf.log(tf.div(x, spread));
  if (support === 'counts') return tf.log(tf.add(x, 1));
  if (typeof support === 'object' && 'categories' in support) {
    return tf.cast(tf.equal(x, tf.range(0, support.categories)), 'float32');
  }
  return tf.clone(x);
}

function notANumber(x: tf.Tensor): tf.Tensor {
  return tf.fill(x.shape, Number.NaN);
}
