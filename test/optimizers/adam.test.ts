import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { Adam, type AdamOptions } from '../../src/optimizers/adam';
import { Rng } from '../../src/random/rng';
import { linearSchedule } from '../../src/schedules/linear';
import { describeBackends, values } from '../support/backends';
import { expectRelative } from '../support/expect-close';

const SIZE = 8;

/** Algorithm 1 of Kingma & Ba, in float64. */
class Textbook {
  private readonly m = new Float64Array(SIZE);
  private readonly v = new Float64Array(SIZE);
  private t = 0;

  constructor(
    readonly theta: number[],
    private readonly options: Required<AdamOptions>,
  ) {}

  step(g: readonly number[], step: number): void {
    const { learningRate, beta1, beta2, epsilon } = this.options;
    const alpha = typeof learningRate === 'number' ? learningRate : learningRate(step);
    this.t++;
    for (let i = 0; i < SIZE; i++) {
      this.m[i] = beta1 * this.m[i]! + (1 - beta1) * g[i]!;
      this.v[i] = beta2 * this.v[i]! + (1 - beta2) * g[i]! ** 2;
      const mHat = this.m[i]! / (1 - beta1 ** this.t);
      const vHat = this.v[i]! / (1 - beta2 ** this.t);
      this.theta[i]! -= (alpha * mHat) / (Math.sqrt(vHat) + epsilon);
    }
  }
}

/** Gradients of very different sizes; the first is always 0. */
function gradients(step: number): number[] {
  const noise = values(new Rng(3).fork(step).normal([SIZE]));
  return noise.map((v, i) => (i === 0 ? 0 : Math.fround(v * 10 ** (i - 5) + 2 * 10 ** (i - 5))));
}

const on = () => tf.scalar(1);

function apply(
  adam: Adam,
  variable: tf.Variable,
  gradient: readonly number[],
  step: number,
  finite: tf.Scalar = on(),
): void {
  tf.tidy(() => adam.apply([{ path: 'w', variable, gradient: tf.tensor1d([...gradient]) }], { step, finite }));
  finite.dispose();
}

describeBackends('Adam', () => {
  test.each([
    ['the defaults', {}],
    ['a schedule', { learningRate: linearSchedule({ from: 0.1, to: 0.001, steps: 40 }) }],
    ['other decays and ε', { learningRate: 0.03, beta1: 0.5, beta2: 0.9, epsilon: 1e-3 }],
    ['no first moment', { beta1: 0 }],
  ] as [string, AdamOptions][])('follows the textbook over 50 steps to 1e-6, %s', (_, options) => {
    const full = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, ...options };
    const start = Array.from({ length: SIZE }, (_, i) => 3 + i);
    const textbook = new Textbook([...start], full);
    const adam = new Adam(options);
    const variable = tf.variable(tf.tensor1d(start));
    for (let step = 0; step < 50; step++) {
      const g = gradients(step);
      textbook.step(g, step);
      apply(adam, variable, g, step);
    }
    expectRelative(Array.from(variable.dataSync()), textbook.theta, 1e-6);
    expect(variable.dataSync()[0]).toBe(3);
    adam.dispose();
    variable.dispose();
  });

  test('a flag of 0 is an exact no-op, for moments and the count too', () => {
    const adam = new Adam();
    const variable = tf.variable(tf.tensor1d(Array(SIZE).fill(1)));
    apply(adam, variable, gradients(0), 0);
    const state = () => [variable, ...Object.values(adam.variables())].map(v => Array.from(v.dataSync()));
    const before = state();
    apply(adam, variable, Array(SIZE).fill(Number.NaN), 1, tf.scalar(0));
    apply(adam, variable, Array(SIZE).fill(Number.POSITIVE_INFINITY), 2, tf.scalar(0));
    expect(state()).toEqual(before);
    expect(Object.keys(adam.variables())).toEqual(['count', 'w/m', 'w/v']);
    expect(before[1]).toEqual([1]);
    adam.dispose();
    variable.dispose();
  });

  test('slots go by path: a variable that pauses keeps its own', () => {
    const [a, b] = [0, 1].map(() => tf.variable(tf.tensor1d(Array(SIZE).fill(1)))) as [tf.Variable, tf.Variable];
    const adam = new Adam();
    const g = (step: number) => tf.tensor1d(gradients(step));
    tf.tidy(() => {
      adam.apply(
        [
          { path: 'a', variable: a, gradient: g(0) },
          { path: 'b', variable: b, gradient: g(1) },
        ],
        { step: 0, finite: on() },
      );
      const moment = Array.from(adam.variables()['b/m']!.dataSync());
      adam.apply([{ path: 'b', variable: b, gradient: tf.zeros([SIZE]) }], { step: 1, finite: on() });
      const decayed = Array.from(adam.variables()['b/m']!.dataSync());
      expectRelative(
        decayed.slice(1),
        moment.slice(1).map(m => 0.9 * m),
        1e-6,
      );
      expectRelative(
        Array.from(adam.variables()['a/m']!.dataSync()).slice(1),
        gradients(0)
          .slice(1)
          .map(v => 0.1 * v),
        1e-6,
      );
    });
    tf.dispose([a, b]);
    adam.dispose();
  });

  test('leaks nothing, and dispose gives its slots back', () => {
    const start = tf.memory().numTensors;
    const adam = new Adam();
    const variable = tf.variable(tf.tensor1d(Array(SIZE).fill(1)));
    apply(adam, variable, gradients(0), 0);
    const steady = tf.memory().numTensors;
    for (let step = 1; step < 5; step++) apply(adam, variable, gradients(step), step);
    expect(tf.memory().numTensors).toBe(steady);
    variable.dispose();
    adam.dispose();
    adam.dispose();
    expect(tf.memory().numTensors).toBe(start + 1); // the initial value of the variable
  });
});

describe('options out of range', () => {
  test.each([
    [{ learningRate: 0 }, 'Adam: learningRate must be a positive number or a schedule, got 0'],
    [{ beta1: 1 }, 'Adam: beta1 must be in [0, 1), got 1'],
    [{ beta2: -0.1 }, 'Adam: beta2 must be in [0, 1), got -0.1'],
    [{ epsilon: 0 }, 'Adam: epsilon must be positive, got 0'],
  ])('%o', (options, message) => {
    expect(() => new Adam(options)).toThrow(message);
  });
});
