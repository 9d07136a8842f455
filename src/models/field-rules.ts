import type { Batch } from '../data/batch';
import { anyNumber, notNegative, rulesOf, type ValueRule } from '../data/support';
import type { VaeModel } from './model';

/** The fields that a step calculates with; labels are carried along and may be anything. */
export const checkedFields = ['x', 'target', 'condition', 'mask', 'weights', 'exposure'] as const;

/** The name of one of these fields. */
export type CheckedField = (typeof checkedFields)[number];

/**
 * What the values of a field have to be: one rule for all, or one for each index of the last axis. NaN and ±∞ are
 * refused, but for NaN in a target with missing values.
 *
 * @param anyValue Whether x and target may hold any number, since a transform will bring them into range.
 */
export function fieldRules(
  name: CheckedField,
  batch: { readonly [K in keyof Batch]?: unknown },
  { support = 'real', missing = false }: Pick<VaeModel, 'support' | 'missing'>,
  anyValue = false,
): readonly ValueRule[] {
  if (name === 'mask') return rulesOf('unitInterval');
  if (name === 'weights') return [notNegative];
  if (name === 'exposure') return rulesOf('positive');
  if (!isExplained(name, batch)) return [anyNumber];
  const rules = anyValue ? [anyNumber] : rulesOf(support);
  // An encoder cannot see NaN: x may have missing values only where a transform comes before the encoder.
  return missing && (anyValue || name === 'target') ? rules.map(rule => ({ ...rule, missing })) : rules;
}

/** Whether each vector of a field has to add up to 1. */
export function isSimplex(
  name: CheckedField,
  batch: { readonly [K in keyof Batch]?: unknown },
  { support }: Pick<VaeModel, 'support'>,
): boolean {
  return support === 'simplex' && isExplained(name, batch);
}

/** Whether a mask says which elements of this field were observed. */
export function isMasked(name: CheckedField): boolean {
  return name === 'x' || name === 'target';
}

/** Whether the likelihood explains this field. */
function isExplained(name: CheckedField, { target }: { readonly [K in keyof Batch]?: unknown }): boolean {
  return name === (target === undefined ? 'x' : 'target');
}
