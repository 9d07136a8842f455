import * as tf from '@tensorflow/tfjs';
import { type ColumnUnits, checkTable, columnSupport, toUnits } from '../data/table';
import { Columns } from '../distributions/columns';
import type { Distribution } from '../distributions/distribution';
import { checkKeys } from '../ops/check-keys';
import { fillMissing } from '../ops/fill-missing';
import type { Variables } from '../variables/variables';
import { checkFamily } from './check-family';
import type { Family, FamilyContext, RawParameters } from './family';
import { type FamilyDeclaration, familyFactory } from './family-factory';

/** What `columnsFamily` takes: these options, or what `tableColumns` returned. */
export type ColumnsFamilyOptions = {
  /** The family of each column, by name and in the order of the columns. */
  columns: Readonly<Record<string, Family>>;
  /** By the name of a real or positive column: what its values are measured in, so that networks see numbers near 1. */
  units?: Readonly<Record<string, ColumnUnits>>;
  /** By the name of a category: the names of its classes. They are kept in model files, and not looked at. */
  labels?: Readonly<Record<string, readonly string[]>>;
};

/**
 * Tables whose columns are of different kinds: a family of families, one for each column. NaN is a missing value.
 *
 * `p(x) = Π_c p_c(x_c)` over the columns that are observed; the network gives the raw numbers of one column after
 * another. A category is one column of class indices. Variables of a member have its column before their name, and model
 * files hold the members as parts. Nazábal et al. 2020 (arXiv 1807.03653). The encoder's input comes from
 * `columnsToInput`.
 *
 * @throws When a column has no family of single numbers, or units do not fit the columns.
 * @example
 * ```ts
 * const columns = { height: gaussianFamily({ sigma: 'shared' }), visits: poissonFamily(), sick: bernoulliFamily() };
 * const likelihood = columnsFamily({ columns, units: { height: { centre: 170, spread: 10 } } });
 * const toInput = columnsToInput({ columns });
 * const vae = mlpVae({ inputShape: [toInput.size], latentDim: 2, likelihood });
 * ```
 */
export const columnsFamily = /* @__PURE__ */ familyFactory(
  'columns',
  (options: ColumnsFamilyOptions, owner: string): FamilyDeclaration<Columns, string> => {
    checkKeys(owner, options, ['columns', 'units', 'labels'], {}, ['columns']);
    const { columns, units = {} } = options;
    for (const [name, family] of Object.entries(columns)) checkFamily(owner, `column ${name}`, family);
    checkTable(owner, columns, units);
    const members = Object.entries(columns).map(([name, family], index) => ({ name, family, index }));
    return {
      support: members.map(({ name, family }) => columnSupport(owner, name, family)),
      missing: true,
      perExample: members.every(({ family }) => family.perExample !== false),
      // A table of another number of columns takes nothing, so that no network fits it.
      parameters: (size): Record<string, number> =>
        gathered(members, ({ family }) => scaledBy(family.parameters(1), Number(size === members.length))),
      createVariables: () => gathered(members, ({ family }) => family.createVariables?.([1]) ?? {}) as Variables,
      distribution: (raw, context) =>
        new Columns({
          units,
          columns: Object.fromEntries(
            members.map(({ name, family, index }) => [
              name,
              family.distribution(
                under(name, raw) as RawParameters,
                contextOf(name, index, members.length, context, units[name]),
              ),
            ]),
          ),
        }),
      updates: (d, context) =>
        members.flatMap(
          ({ name, family, index }) =>
            family.updates?.(
              d.columns[name] as Distribution,
              contextOf(name, index, members.length, context, units[name]),
            ) ?? [],
        ),
    };
  },
);

type Member = { name: string; family: Family; index: number };

/** What each member has, by `column/name`. */
function gathered<T>(
  members: readonly Member[],
  of: (member: Member) => Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries(
    members.flatMap(member => Object.entries(of(member)).map(([key, value]) => [`${member.name}/${key}`, value])),
  );
}

function scaledBy(sizes: Readonly<Record<string, number>>, factor: number): Record<string, number> {
  return Object.fromEntries(Object.entries(sizes).map(([key, size]) => [key, factor * size]));
}

/** What belongs to a column, by the names that its family knows. */
function under<T>(column: string, all: Readonly<Record<string, T>>): Record<string, T> {
  const prefix = `${column}/`;
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [])),
  );
}

/** What a member may look at: its own column of the data, which few look at, so it is cut out only then. */
function contextOf(
  name: string,
  index: number,
  count: number,
  { target, mask, ...context }: FamilyContext,
  units: ColumnUnits | undefined,
): FamilyContext {
  const own = { ...context, variables: under(name, context.variables) };
  if (!target) return own;
  const columnOf = (t: tf.Tensor) => (tf.split(t, count, -1) as tf.Tensor[])[index]!;
  const seen = () => tf.sub(1, tf.cast(tf.isNaN(columnOf(target)), 'float32'));
  return {
    ...own,
    get target() {
      return fillMissing(toUnits(columnOf(target), units), seen(), 1);
    },
    get mask() {
      return mask ? tf.mul(seen(), columnOf(tf.mul(mask, tf.onesLike(target)))) : seen();
    },
  };
}
