import * as tf from '@tensorflow/tfjs';
import { Adam, AdamW, prepareBackend } from 'tfjs-vae';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adamKernel } from '../../src/backends/adam-kernel';
import { expected, inputsOf, shapes, update } from '../backends/adam-oracle';
import { testGoldenRuns } from '../optimizers/adam-golden';
import { gradients, SIZE, Textbook, variableOf } from '../optimizers/textbook';
import { expectClose, expectRelative } from '../support/expect-close';
import { describeBackends, present } from './backends';

const numbers = async (t: tf.Tensor) => Array.from(await t.data());

describe.skipIf(!present['webgpu'])('the Adam kernel on webgpu', () => {
  let report: Awaited<ReturnType<typeof prepareBackend>>;
  beforeAll(async () => {
    await tf.setBackend('webgpu');
    report = await prepareBackend();
  });
  afterAll(() => report.restore());

  test.each(shapes.map(shape => [shape]))('float64 values for the shape %o', async shape => {
    const start = tf.memory().numTensors;
    const inputs = inputsOf(shape);
    const target = await expected(inputs);
    const results = update(inputs);
    expect(results.map(t => t.shape)).toEqual([shape, shape, shape]);
    for (const [i, result] of results.entries()) expectClose(await numbers(result), target[i]!, { tolerance: 1e-6 });
    tf.dispose([inputs, results]);
    expect(tf.memory().numTensors).toBe(start);
  });

  test('a flag of 0 on the device: nothing moves, whatever the gradient', async () => {
    const inputs = inputsOf([300]);
    const before = await Promise.all([inputs.variable, inputs.m, inputs.v].map(numbers));
    const results = update({ ...inputs, gradient: tf.fill([300], Number.NaN), finite: tf.scalar(0) });
    expect(await Promise.all(results.map(numbers))).toEqual(before);
    tf.dispose([inputs, results]);
  });

  test('a flag that was cast from a boolean, as the trainer makes it', async () => {
    for (const total of [1, Number.NaN]) {
      const inputs = inputsOf([300]);
      const target = await expected(inputs);
      const before = await numbers(inputs.variable);
      const finite = tf.cast(tf.isFinite(tf.tidy(() => tf.add(tf.scalar(total), tf.sum(inputs.m)))), 'float32');
      const results = update({ ...inputs, finite });
      expectClose(await numbers(results[0]), total === 1 ? target[0]! : before, { tolerance: 1e-6 });
      tf.dispose([inputs, results, finite]);
    }
  });

  test('a clone keeps its values, and a read under way is of the old ones alone', async () => {
    const inputs = inputsOf([300]);
    const target = await expected(inputs);
    const [theta, m] = await Promise.all([inputs.variable, inputs.m].map(numbers));
    const [variable, moment] = [theta, m].map(v => tf.variable(tf.tensor(v!))) as [tf.Variable, tf.Variable];
    const clone = tf.clone(variable);
    const pending = numbers(moment);
    const results = update({ ...inputs, variable, m: moment });
    variable.assign(results[0]);
    moment.assign(results[1]);
    expect(await pending).toEqual(m);
    expect(await numbers(clone)).toEqual(theta);
    expectClose(await numbers(variable), target[0]!, { tolerance: 1e-6 });
    expectClose(await numbers(moment), target[1]!, { tolerance: 1e-6 });
    tf.dispose([inputs, results, variable, moment, clone]);
  });

  test('memory of the device stays what it is over many updates', async () => {
    const [variable, gradient] = [tf.variable(tf.ones([1000]) as tf.Tensor), tf.ones([1000])];
    const adam = new Adam();
    const step = () =>
      tf.tidy(() => adam.apply([{ path: 'w', variable, gradient }], { step: 0, finite: tf.scalar(1) }));
    for (let i = 0; i < 30; i++) step();
    await variable.data();
    const used = () => (tf.memory() as unknown as { numBytesInGPU: number }).numBytesInGPU;
    const before = used();
    for (let i = 0; i < 300; i++) step();
    await variable.data();
    expect(used()).toBe(before);
    tf.dispose([variable, gradient]);
    adam.dispose();
  });

  test('it is registered, and gone after restore', async () => {
    expect(tf.getKernel(adamKernel, 'webgpu')).toBeDefined();
    report.restore();
    expect(tf.getKernel(adamKernel, 'webgpu')).toBeUndefined();
    report = await prepareBackend();
  });
});

describeBackends('Adam, operation by operation', () => testGoldenRuns());

describeBackends('Adam, prepared', () => {
  let report: Awaited<ReturnType<typeof prepareBackend>>;
  beforeAll(async () => {
    report = await prepareBackend();
  });
  afterAll(() => report.restore());
  testGoldenRuns();

  test.each([
    ['Adam', 0, 0.999],
    ['AdamW', 0.1, 0.999],
    ['Adam without a second moment', 0, 0],
  ])('%s: 60 steps to 1e-6, past updates that are not finite', async (_, weightDecay, beta2) => {
    const options = { learningRate: 1e-3, beta1: 0.9, beta2, epsilon: 1e-7 };
    const start = Array.from({ length: SIZE }, (_, i) => 3 + i);
    const textbook = new Textbook([...start], { ...options, weightDecay });
    const adam = weightDecay ? new AdamW({ ...options, weightDecay, decay: () => true }) : new Adam(options);
    const variable = variableOf(start);
    const apply = (gradient: number[], finite: number, step: number) =>
      tf.tidy(() =>
        adam.apply([{ path: 'w', variable, gradient: tf.tensor1d(gradient) }], { step, finite: tf.scalar(finite) }),
      );
    for (let step = 0; step < 60; step++) {
      const g = gradientsOf[step]!;
      textbook.step(g, step);
      apply(g, 1, step);
      if (step % 10 === 0) apply(Array(SIZE).fill(Number.NaN), 0, step);
    }
    expectRelative(await numbers(variable), textbook.theta, 1e-6);
    variable.dispose();
    adam.dispose();
  });
});

// Drawn on the cpu, whose numbers can be read at once.
await tf.setBackend('cpu');
const gradientsOf = Array.from({ length: 60 }, (_, step) => gradients(step));
