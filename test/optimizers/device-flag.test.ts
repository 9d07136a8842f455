import * as tf from '@tensorflow/tfjs';
import { expect, test, vi } from 'vitest';
import { Adam } from '../../src/optimizers/adam';
import { expectClose } from '../support/expect-close';

// As on a GPU: the flag cannot be read at once, and becomes part of the arithmetic.
vi.mock('../../src/optimizers/device', () => ({ readsAtOnce: () => false, defaultEpsilon: () => 1e-7 }));

function run(gradients: readonly number[][]): { values: number[]; count: number } {
  const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, -2])));
  const adam = new Adam({ learningRate: 0.1 });
  gradients.forEach((g, step) => {
    tf.tidy(() => {
      const finite = tf.scalar(g.every(Number.isFinite) ? 1 : 0);
      adam.apply([{ path: 'v', variable, gradient: tf.tensor1d(g) }], { step, finite });
    });
  });
  const count = adam.variables()['count']!.dataSync()[0]!;
  const values = Array.from(variable.dataSync());
  adam.dispose();
  variable.dispose();
  return { values, count };
}

test('a step that is not finite changes nothing where the flag stays on the device, the first one too', async () => {
  await tf.setBackend('cpu');
  const bad = [Number.NaN, Number.POSITIVE_INFINITY];
  expect(run([bad])).toEqual({ values: [1, -2], count: 0 });
  const good = [
    [0.5, -1],
    [0.25, 3],
  ];
  const clean = run(good);
  const disturbed = run([bad, good[0]!, bad, good[1]!]);
  expectClose(disturbed.values, clean.values, { tolerance: 1e-7 });
  expect(disturbed.count).toBe(2);
});

test('a schedule that gives no number is refused before anything moves', () => {
  const variable = tf.tidy(() => tf.variable(tf.tensor1d([1])));
  const adam = new Adam({ learningRate: () => Number.NaN });
  const apply = () =>
    tf.tidy(() => adam.apply([{ path: 'v', variable, gradient: tf.tensor1d([1]) }], { step: 3, finite: tf.scalar(1) }));
  expect(apply).toThrow('Adam: learningRate must be 0 or more, got NaN at step 3');
  expect(variable.dataSync()[0]).toBe(1);
  adam.dispose();
  variable.dispose();
});
