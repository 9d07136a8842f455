/**
 * The values that a likelihood has a density for.
 *
 * - `'real'`: finite numbers; `'positive'`: above 0; `'unitInterval'`: [0, 1]; `'unitOpen'`: (0, 1).
 * - `'counts'`: whole numbers of 0 or more; `{ categories: K }`: class indices from 0 to K − 1.
 * - `{ levels: L }`: the grid k / (L − 1) in [0, 1], such as the 256 levels of bytes.
 * - `'simplex'`: numbers of 0 or more whose sum over the last axis is 1.
 * - A list: one entry for each index of the last axis, for tables whose columns differ.
 */
export type Support = ColumnSupport | 'simplex' | readonly ColumnSupport[];

/** The values that one element, or one column of a table, may have. */
export type ColumnSupport =
  | 'real'
  | 'positive'
  | 'unitInterval'
  | 'unitOpen'
  | 'counts'
  | {
      /** K, the number of classes. */
      readonly categories: number;
    }
  | {
      /** L, the number of levels. */
      readonly levels: number;
    };

/** What a value has to be: within bounds, and on a grid where there is one. */
export type ValueRule = {
  readonly low: number;
  readonly high: number;
  /** Whether the bounds themselves are left out. */
  readonly open?: boolean;
  /** Values are multiples of 1 / grid. */
  readonly grid?: number;
  /** Whether NaN stands for a missing value. */
  readonly missing?: boolean;
};

/** The largest float32: larger numbers are infinite on the device. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

export const anyNumber: ValueRule = { low: -LARGEST, high: LARGEST };
export const notNegative: ValueRule = { low: 0, high: LARGEST };
const unit: ValueRule = { low: 0, high: 1 };

const RULES: Readonly<Record<Extract<Support, string>, ValueRule>> = {
  real: anyNumber,
  positive: { ...notNegative, open: true },
  unitInterval: unit,
  unitOpen: { ...unit, open: true },
  counts: { ...notNegative, grid: 1 },
  simplex: unit,
};

/** The rules of a support: one for all values, or one for each index of the last axis. */
export function rulesOf(support: Support): readonly ValueRule[] {
  if (isColumns(support)) return support.flatMap(rulesOf);
  if (typeof support === 'string') return [RULES[support]];
  return 'categories' in support
    ? [{ low: 0, high: support.categories - 1, grid: 1 }]
    : [{ ...unit, grid: support.levels - 1 }];
}

/** How far from a point of the grid a value may lie, in steps of the grid: whole numbers are exact in float32. */
export function slackOf({ grid = 1 }: ValueRule): number {
  return grid > 1 ? 0.01 : 0;
}

/** Whether a value is what its rule asks for; NaN is where values may be missing. */
export function isAllowed(value: number, rule: ValueRule): boolean {
  const { low, high, open, grid, missing } = rule;
  if (missing && Number.isNaN(value)) return true;
  if (!(value >= low && value <= high) || (open && (value === low || value === high))) return false;
  return !grid || Math.abs(value * grid - Math.round(value * grid)) <= slackOf(rule);
}

/** How far the sum of a vector of shares may be from 1, for data that were rounded to three digits. */
export const SUM_SLACK = 2e-3;

/** Whether each column has a support of its own. */
export function isColumns(support: Support): support is readonly ColumnSupport[] {
  return Array.isArray(support);
}
