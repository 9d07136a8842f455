import { isColumns, type Support } from './support';

const WORDS: Readonly<Record<Extract<Support, string>, string>> = {
  real: 'finite numbers',
  positive: 'positive numbers',
  unitInterval: 'values in [0, 1]; for bytes give scale: 1 / 255, for other data take a GaussianDecoder',
  unitOpen: 'values between 0 and 1, without 0 and 1',
  counts: 'counts, which are whole numbers of 0 or more',
  simplex: 'values of 0 or more whose sum over the last axis is 1',
};

/**
 * What values have to be, in words, with what to do about others.
 *
 * @param place The place of the value among all, which tells its column.
 */
export function describeSupport(support: Support, place: number): string {
  if (isColumns(support)) return describeSupport(support[place % support.length]!, place);
  if (typeof support === 'string') return WORDS[support];
  return 'categories' in support
    ? `class indices, which are whole numbers from 0 to ${support.categories - 1}`
    : `the ${support.levels} levels k / ${support.levels - 1}; dequantised or scaled values are not among them`;
}
