import * as tf from '@tensorflow/tfjs';
import type { Variables } from './variables';

/** What is known of a value before it is read. */
export type ValueType = { readonly shape: readonly number[]; readonly dtype: string };

/** Where values do not fit the variables of their paths. */
export type Misfit = {
  /** Paths of variables that have no value. */
  missing: readonly string[];
  /** Paths of values that have no variable. */
  unknown: readonly string[];
  /** The first value of another shape or dtype, in words. */
  other: string | undefined;
};

/**
 * Compares values with the variables that they are for.
 *
 * @param places Where the variables and the values are, for the words: `['in the model', 'in the file']`.
 */
export function misfitOf(
  variables: Variables,
  values: ReadonlyMap<string, ValueType>,
  [here, there]: readonly [string, string],
): Misfit {
  const differing = Object.entries(variables).flatMap(([path, variable]) => {
    const value = values.get(path);
    if (!value || (String(value.shape) === String(variable.shape) && value.dtype === variable.dtype)) return [];
    return [`${path} is ${describeValue(variable)} ${here}, but ${describeValue(value)} ${there}`];
  });
  return {
    missing: Object.keys(variables).filter(path => !values.has(path)),
    unknown: [...values.keys()].filter(path => !Object.hasOwn(variables, path)),
    other: differing[0],
  };
}

/** Gives variables the values of their paths; a variable that has none stays as it is. */
export function putValues(variables: Variables, values: ReadonlyMap<string, tf.Tensor>): void {
  for (const [path, variable] of Object.entries(variables)) {
    const value = values.get(path);
    if (value) variable.assign(value);
  }
}

/** Variables of their own with these values. Both share memory until one of the two changes. */
export function toVariables(values: Readonly<Record<string, tf.Tensor>>): Variables {
  return Object.fromEntries(Object.entries(values).map(([path, value]) => [path, tf.variable(value, false)]));
}

/** The first paths of a list that may be long. */
export function firstPaths(paths: readonly string[]): string {
  return paths.slice(0, 3).join(', ') + (paths.length > 3 ? ` and ${paths.length - 3} more` : '');
}

function describeValue({ dtype, shape }: ValueType): string {
  return `${dtype} [${shape}]`;
}
