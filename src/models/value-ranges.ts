import type { Batch } from '../data/batch';
import type { VaeModel } from './model';

/** The fields that a step calculates with; labels are carried along and may be anything. */
export const checkedFields = ['x', 'target', 'condition', 'mask', 'weights'] as const;

/** The name of one of these fields. */
export type CheckedField = (typeof checkedFields)[number];

/** The largest float32: larger numbers are infinite on the device. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/**
 * The least and the largest value that a field may hold; NaN and ±∞ lie outside in any case.
 *
 * @param anyValue Whether x and target may hold any number, since a transform will bring them into range.
 */
export function rangeOf(
  name: CheckedField,
  { target }: { readonly [K in keyof Batch]?: unknown },
  { support }: Pick<VaeModel, 'support'>,
  anyValue = false,
): readonly [low: number, high: number] {
  if (name === 'mask') return [0, 1];
  if (name === 'weights') return [0, LARGEST];
  const explained = name === (target === undefined ? 'x' : 'target');
  return explained && support === 'unitInterval' && !anyValue ? [0, 1] : [-LARGEST, LARGEST];
}

/** Whether a mask says which elements of this field were observed. */
export function isMasked(name: CheckedField): boolean {
  return name === 'x' || name === 'target';
}
