import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { Adam, type AdamOptions } from '../../src/optimizers/adam';
import golden from '../golden/adam.json';
import { expectClose, expectRelative } from '../support/expect-close';

type State = Record<'theta' | 'm' | 'v', number[]>;
type Case = State & { options: AdamOptions; count: number; gradients: number[][]; after: State };

/** Runs in float64 by another program, on the active backend. scripts/golden/make_adam.py */
export function testGoldenRuns(): void {
  test.each(Object.entries(golden.cases as Record<string, Case>))('float64 runs: %s', async (_, run) => {
    const adam = new Adam(run.options);
    const variable = tf.tidy(() => tf.variable(tf.tensor1d(run.theta)));
    const start = { count: tf.scalar(run.count), 'w/m': tf.tensor1d(run.m), 'w/v': tf.tensor1d(run.v) };
    adam.load(start);
    run.gradients.forEach((values, step) => {
      tf.tidy(() => {
        adam.apply([{ path: 'w', variable, gradient: tf.tensor1d(values) }], { step, finite: tf.scalar(1) });
      });
    });
    const { 'w/m': m, 'w/v': v } = adam.variables();
    const [theta, first, second] = await Promise.all([variable, m!, v!].map(async t => Array.from(await t.data())));
    expectRelative(theta!, run.after.theta, 1e-6);
    expectClose(first!, run.after.m, { tolerance: 1e-6, floor: largest(run.after.m) });
    expectClose(second!, run.after.v, { tolerance: 1e-6, floor: largest(run.after.v) });
    expect(first!.concat(second!).every(Number.isFinite)).toBe(true);
    tf.dispose([start, variable]);
    adam.dispose();
  });
}

function largest(values: readonly number[]): number {
  return Math.max(...values.map(Math.abs));
}
