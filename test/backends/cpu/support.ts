import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { prepareBackend } from '../../../src/backends/prepare-backend';
import { type Computed, on, relativeError } from '../support';

/** Runs `f` with our kernels, checks that they leave nothing in the backend, and restores tfjs's own. */
export async function prepared(f: () => tf.Tensor[]): Promise<Computed> {
  await tf.setBackend('cpu');
  const report = await prepareBackend();
  try {
    const before = tf.engine().backend.numDataIds();
    const computed = await on('cpu', f);
    expect(tf.engine().backend.numDataIds()).toBe(before);
    return computed;
  } finally {
    report.restore();
  }
}

/** The same values from our kernels as from tfjs's own, each tensor to `tolerance` of its largest entry. */
export async function expectStockValues(f: () => tf.Tensor[], tolerance = 2e-6): Promise<void> {
  const expected = await on('cpu', f);
  const actual = await prepared(f);
  expect(actual.map(t => t.shape)).toEqual(expected.map(t => t.shape));
  expected.forEach((t, i) => {
    expect(relativeError(actual[i]!.values, t.values), `output ${i}`).toBeLessThanOrEqual(tolerance);
  });
}

/** Bit for bit the same values from our kernels as from tfjs's own, NaN and signs of zero included. */
export async function expectSameBits(f: () => tf.Tensor[]): Promise<void> {
  const expected = await on('cpu', f);
  expect(await prepared(f)).toEqual(expected);
}
