import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import type { Distribution } from '../../src/distributions/distribution';
import { noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { numericGradient } from '../support/finite-difference';
import { mean, standardError } from '../support/statistics';
import type { KlRow, Nested, Params, Row } from './row';
import type { Flat, Sizes } from './twins';

/** Draws of an estimate. */
export const DRAWS = 3000;

export const flatten = (x: Nested): number[] => (typeof x === 'number' ? [x] : x.flatMap(flatten));
export const shapeOf = (x: Nested): number[] => (typeof x === 'number' ? [] : [x.length, ...shapeOf(x[0]!)]);
const toTensor = (x: Nested) => tf.tensor(x as number[], undefined, 'float32');
export const toTensors = (params: Params) =>
  Object.fromEntries(Object.entries(params).map(([name, v]) => [name, toTensor(v)]));
export const toFlat = (params: Params): Flat =>
  Object.fromEntries(Object.entries(params).map(([name, v]) => [name, flatten(v)]));

/** Numbers and examples of a value of this shape, of which each example has one number in `lead`. */
export const sizesOf = (value: Nested, lead: Nested): Sizes => ({
  elements: flatten(value).length,
  examples: flatten(lead).length,
});

export type Fixture = { tensors: Record<string, tf.Tensor>; d: Distribution; x: tf.Tensor; lead: number[] };

/** Runs a check on a fresh distribution, and fails when anything is left behind. */
export function fresh(row: Row, check: (fixture: Fixture) => void): void {
  noLeak(() => {
    const tensors = toTensors(row.golden.params);
    const x = toTensor(row.golden.x);
    check({ tensors, d: row.make(tensors), x, lead: shapeOf(row.golden.logProb) });
    tf.dispose([tensors, x]);
  });
}

/** The same with each of the distributions to which the KL is closed. */
export function withKl(
  row: Row,
  check: (fixture: Fixture, p: Distribution, tensors: Record<string, tf.Tensor>, kl: KlRow) => void,
): void {
  for (const kl of row.kl ?? []) {
    fresh(row, fixture => {
      const tensors = toTensors(kl.golden.params);
      check(fixture, kl.make(tensors), tensors, kl);
      tf.dispose(tensors);
    });
  }
}

/** Values of every draw for each position: [positions][draws]. */
export function columns(t: tf.Tensor): number[][] {
  const [draws] = t.shape;
  const flat = values(t);
  const size = flat.length / draws!;
  return Array.from({ length: size }, (_, i) => Array.from({ length: draws! }, (__, s) => flat[s * size + i]!));
}

/** The mean of the draws of each position is the expected number, within five standard errors. */
export function expectWithin(estimates: number[][], expected: readonly number[], label: string): void {
  estimates.forEach((draws, i) => {
    const off = Math.abs(mean(draws) - expected[i % expected.length]!);
    expect(off, `${label} ${i}: ${mean(draws)} for ${expected[i]}`).toBeLessThan(5 * standardError(draws) + 1e-4);
  });
}

/** Gradients of a summed expression by the tensors, against central differences of its float64 twin. */
export function expectGradients(f: () => tf.Tensor, by: Record<string, tf.Tensor>, twin: (flat: Flat) => number): void {
  const names = Object.keys(by);
  if (names.length === 0) return;
  // Some results do not depend on every tensor: a KL to the uniform distribution has no part of the mean direction.
  const tensors = Object.values(by);
  const gradients = tf.grads(() => tf.add(connected(tensors), tf.sum(f())))(tensors);
  const flat = Object.fromEntries(names.map(name => [name, Array.from(by[name]!.dataSync())]));
  gradients.forEach((gradient, i) => {
    const name = names[i]!;
    expect(gradient.shape).toEqual(by[name]!.shape);
    const expected = numericGradient(v => twin({ ...flat, [name]: v }), flat[name]!);
    expectClose(values(tf.tidy(() => tf.sub(gradient, 1))), expected, { tolerance: 1e-3 });
    gradient.dispose();
  });
}

/** The sum of the tensors, which keeps each of them connected with a gradient of 1. */
export function connected(by: readonly tf.Tensor[]): tf.Tensor {
  return by.reduce((a: tf.Tensor, t) => tf.add(a, tf.sum(t)), tf.scalar(0));
}
