import * as tf from '@tensorflow/tfjs';
import * as library from 'tfjs-vae';
import { afterAll, describe, expect, test } from 'vitest';
import { type Outputs, outputsOn, worstDeviation } from './compare';
import type { ParityRow } from './row';
import { trainingRows } from './rows/steps';
import { numericRows } from './table';
import { withoutParity } from './without-parity';

const DEFAULT_TOLERANCE = 1e-5;

/** tfjs's own cpu kernels are what the others are held to; they are computed once for all backends. */
const references = new Map<ParityRow, Outputs>();

async function reference(row: ParityRow): Promise<Outputs> {
  const outputs = references.get(row) ?? (await outputsOn('cpu', row, false));
  references.set(row, outputs);
  return outputs;
}

function expectNear(what: string, outputs: Outputs, expected: readonly (readonly number[])[], tolerance: number): void {
  const { output, error } = worstDeviation(outputs, expected);
  expect(error, `${what}: output ${output} is off by ${error} of its largest entry`).toBeLessThanOrEqual(tolerance);
}

/** One row on one backend, against golden values where there are some, and against stock cpu in this process. */
async function check(row: ParityRow, backend: string): Promise<void> {
  const { golden, tolerance = DEFAULT_TOLERANCE } = row;
  const expected = await reference(row);
  const outputs = await outputsOn(backend, row, true);
  expect(outputs.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  if (golden) expectNear('golden', outputs, golden, Math.max(tolerance, DEFAULT_TOLERANCE));
  const values = expected.map(({ values }) => values);
  expectNear('cpu', outputs, values, tolerance);
}

/** The whole table on the given backends; one that is absent is skipped with a line that says so. */
export function paritySuite(backends: Readonly<Record<string, boolean>>): void {
  test('every public function that computes on a device is in the table', () => {
    const functions = Object.entries(library).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
    const covered = new Set([...numericRows, ...trainingRows].flatMap(({ of }) => of));
    const absent = functions.filter(name => !covered.has(name) && !(name in withoutParity));
    expect(absent, 'add a row to test/parity/rows').toEqual([]);
    expect([...covered, ...Object.keys(withoutParity)].filter(name => !functions.includes(name))).toEqual([]);
  });

  for (const [backend, here] of Object.entries(backends)) {
    describe.skipIf(!here)(here ? `parity [${backend}]` : `parity [${backend} is absent here]`, () => {
      afterAll(async () => {
        await tf.setBackend('cpu');
      });
      test.each(numericRows.map(row => [row.name, row] as const))('%s', (_, row) => check(row, backend));
      test.each(trainingRows.map(row => [row.name, row] as const))('one step of %s', (_, row) => check(row, backend));
    });
  }

  test('the comparison sees an error of 2e-5, a NaN, and a missing output', () => {
    const of = (values: number[]): Outputs => [{ shape: [values.length], values }];
    expect(worstDeviation(of([1, 2.00004]), [[1, 2]]).error).toBeGreaterThan(DEFAULT_TOLERANCE);
    expect(worstDeviation(of([1, Number.NaN]), [[1, 2]]).error).toBe(Infinity);
    expect(worstDeviation(of([1, -Infinity]), [[1, Infinity]]).error).toBe(Infinity);
    expect(worstDeviation([], [[1]]).error).toBe(Infinity);
  });
}
