import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adamKernel } from '../../src/backends/adam-kernel';
import { type BackendReport, prepareBackend } from '../../src/backends/prepare-backend';
import { Adam, type AdamOptions } from '../../src/optimizers/adam';
import { linearSchedule } from '../../src/schedules/linear';
import { describeBackends } from '../support/backends';
import { expectRelative } from '../support/expect-close';
import { apply, gradients, SIZE, Textbook, variableOf } from './textbook';

const ones = () => variableOf(Array(SIZE).fill(1));
const numbers = (t: tf.Tensor) => Array.from(t.dataSync());
const stateOf = (adam: Adam) => Object.values(adam.variables()).map(numbers);

describeBackends('Adam, operation by operation', backend => {
  test('no kernel of ours is registered', () => expect(tf.getKernel(adamKernel, backend)).toBeUndefined());
  suite();
});

describeBackends('Adam, prepared', () => {
  let report: BackendReport;
  beforeAll(async () => {
    report = await prepareBackend();
  });
  afterAll(() => report.restore());
  test('an update is one kernel', async () => {
    const adam = new Adam();
    const variable = ones();
    apply(adam, variable, gradients(0), 0);
    const used = (await tf.profile(() => apply(adam, variable, gradients(1), 1))).kernels;
    expect(used.filter(({ outputShapes }) => outputShapes.some(shape => shape?.length === 1)).map(k => k.name)).toEqual(
      [adamKernel],
    );
    variable.dispose();
    adam.dispose();
  });
  suite();
});

function suite(): void {
  test.each([
    ['the defaults', {}],
    ['a schedule', { learningRate: linearSchedule({ from: 0.1, to: 0.001, steps: 40 }) }],
    ['other decays and ε', { learningRate: 0.03, beta1: 0.5, beta2: 0.9, epsilon: 1e-3 }],
    ['no first moment', { beta1: 0 }],
  ] as [string, AdamOptions][])('follows the textbook over 60 steps to 1e-6, %s', (_, options) => {
    const full = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0, ...options };
    const start = Array.from({ length: SIZE }, (_, i) => 3 + i);
    const textbook = new Textbook([...start], full);
    const adam = new Adam(options);
    const variable = variableOf(start);
    for (let step = 0; step < 60; step++) {
      const g = gradients(step);
      textbook.step(g, step);
      apply(adam, variable, g, step);
    }
    expectRelative(numbers(variable), textbook.theta, 1e-6);
    expect(numbers(variable)[0]).toBe(3);
    adam.dispose();
    variable.dispose();
  });

  test('a flag of 0 is an exact no-op, for moments and the count too', () => {
    const adam = new Adam();
    const variable = ones();
    apply(adam, variable, gradients(0), 0);
    const before = [numbers(variable), ...stateOf(adam)];
    apply(adam, variable, Array(SIZE).fill(Number.NaN), 1, { finite: 0 });
    apply(adam, variable, Array(SIZE).fill(Number.POSITIVE_INFINITY), 2, { finite: 0 });
    expect([numbers(variable), ...stateOf(adam)]).toEqual(before);
    expect(Object.keys(adam.variables())).toEqual(['count', 'w/m', 'w/v']);
    expect(before[1]).toEqual([1]);
    adam.dispose();
    variable.dispose();
  });

  test('slots go by path: a variable that pauses keeps its own', () => {
    const [a, b] = [ones(), ones()];
    const adam = new Adam();
    const g = (step: number) => tf.tensor1d(gradients(step));
    tf.tidy(() => {
      const both = [
        { path: 'a', variable: a, gradient: g(0) },
        { path: 'b', variable: b, gradient: g(1) },
      ];
      adam.apply(both, { step: 0, finite: tf.scalar(1) });
      const moment = numbers(adam.variables()['b/m']!);
      const alone = { path: 'b', variable: b, gradient: tf.zeros([SIZE]) };
      adam.apply([alone], { step: 1, finite: tf.scalar(1) });
      const times = (factor: number, values: number[]) => values.slice(1).map(v => factor * v);
      expectRelative(numbers(adam.variables()['b/m']!).slice(1), times(0.9, moment), 1e-6);
      expectRelative(numbers(adam.variables()['a/m']!).slice(1), times(0.1, gradients(0)), 1e-6);
    });
    tf.dispose([a, b]);
    adam.dispose();
  });

  test('a run that is loaded goes on bit for bit, and what was saved stays as it was', () => {
    const [first, variable] = [new Adam(), ones()];
    for (let step = 0; step < 5; step++) apply(first, variable, gradients(step), step);
    const saved = Object.fromEntries(Object.entries(first.variables()).map(([name, v]) => [name, tf.clone(v)]));
    const held = Object.values(saved).map(numbers);
    const reached = variableOf(numbers(variable));
    for (let step = 5; step < 10; step++) apply(first, variable, gradients(step), step);
    // Twice, as after a second failure: the first attempt must not have written to the saved moments.
    for (let attempt = 0; attempt < 2; attempt++) {
      const second = new Adam();
      const again = variableOf(numbers(reached));
      second.load(saved);
      for (let step = 5; step < 10; step++) apply(second, again, gradients(step), step);
      expect(numbers(again)).toEqual(numbers(variable));
      expect(stateOf(second)).toEqual(stateOf(first));
      expect(Object.values(saved).map(numbers)).toEqual(held);
      second.dispose();
      again.dispose();
    }
    tf.dispose([saved, variable, reached]);
    first.dispose();
  });

  test('loading its own state changes nothing', () => {
    const [adam, variable] = [new Adam(), ones()];
    apply(adam, variable, gradients(0), 0);
    const before = stateOf(adam);
    const tensors = tf.memory().numTensors;
    adam.load(adam.variables());
    expect(stateOf(adam)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    adam.dispose();
    variable.dispose();
  });

  test('leaks nothing, and dispose gives its slots back', () => {
    const start = tf.memory();
    const adam = new Adam();
    const variable = ones();
    apply(adam, variable, gradients(0), 0);
    const steady = tf.memory();
    for (let step = 1; step < 5; step++) apply(adam, variable, gradients(step), step);
    apply(adam, variable, gradients(5), 5, { finite: 0 });
    const after = tf.memory();
    for (const key of ['numTensors', 'numDataBuffers', 'numBytes'] as const) expect(after[key]).toBe(steady[key]);
    variable.dispose();
    adam.dispose();
    adam.dispose();
    const end = tf.memory();
    for (const key of ['numTensors', 'numDataBuffers', 'numBytes'] as const) expect(end[key]).toBe(start[key]);
  });
}

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
