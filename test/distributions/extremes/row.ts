import type * as tf from '@tensorflow/tfjs';

/** Numbers as JSON holds them: infinities are strings. */
type Numbers = readonly (number | string)[];

/** How far a value may be from that of 50 digits, by `max(1, |value|, scale)`. */
type Tolerance = number | Partial<Record<'cpu' | 'wasm' | 'webgl' | 'webgpu' | 'tensorflow', number>>;

/** Values and gradients over a grid with extremes, from `grid()` of a file of scripts/golden/distributions. */
export type Grid = {
  /** One number for each point. */
  params: Readonly<Record<string, Numbers>>;
  x: Numbers;
  logProb: Numbers;
  /** By the name of a parameter, or `x`. */
  gradients?: Readonly<Record<string, Numbers>>;
  /** What errors are compared with, beside 1 and the value: the mean of counts. */
  scale?: Numbers;
};

/** A distribution over such a grid, of independent points. */
export type ExtremeRow<P extends string = string> = {
  name: string;
  golden: Grid;
  /** `log p` of each point, from tensors `[points]`. */
  logProb(x: tf.Tensor, params: Readonly<Record<P, tf.Tensor>>): tf.Tensor;
  /** Default 1e-5. */
  values?: Tolerance;
  /** Default 1e-4, and 1e-3 on webgl and webgpu. */
  gradients?: Tolerance;
};

/** Keeps the names of the parameters. */
export function extremeRow<G extends Grid>(
  options: Omit<ExtremeRow, 'golden' | 'logProb'> & {
    golden: G;
    logProb(x: tf.Tensor, params: { readonly [K in keyof G['params']]: tf.Tensor }): tf.Tensor;
  },
): ExtremeRow {
  return options as unknown as ExtremeRow;
}

const DEFAULTS: Record<'values' | 'gradients', Tolerance> = {
  values: 1e-5,
  gradients: { webgl: 1e-3, webgpu: 1e-3 },
};

export function toleranceOf(row: ExtremeRow, of: 'values' | 'gradients', backend: string): number {
  const given = row[of] ?? DEFAULTS[of];
  if (typeof given === 'number') return given;
  const fallback = DEFAULTS[of];
  const usual = typeof fallback === 'number' ? fallback : fallback[backend as 'webgl'];
  return given[backend as 'webgl'] ?? usual ?? 1e-4;
}
