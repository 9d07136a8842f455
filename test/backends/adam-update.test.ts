import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdamAttrs, type AdamInputs, adamKernel } from '../../src/backends/adam-kernel';
import { type BackendReport, prepareBackend } from '../../src/backends/prepare-backend';
import { Rng } from '../../src/random/rng';
import { expectClose } from '../support/expect-close';

const attrs: AdamAttrs = { beta1: 0.9, beta2: 0.75, rate: 0.02, epsilon: 1e-3, weightDecay: 0.5 };

function inputsOf(shape: number[]): AdamInputs {
  const rng = new Rng(2);
  const normal = (name: string) => rng.fork(name).normal(shape);
  return {
    ...{
      variable: normal('variable'),
      m: normal('m'),
      v: tf.tidy(() => tf.square(normal('v'))),
      gradient: normal('g'),
    },
    count: tf.scalar(3),
  };
}

const numbers = (t: tf.Tensor) => Array.from(t.dataSync());

/** The new variable, m and v, in float64. */
function expected(inputs: AdamInputs): number[][] {
  const [theta, m, v, g] = [inputs.variable, inputs.m, inputs.v, inputs.gradient].map(numbers) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const m1 = m.map((value, i) => 0.9 * value + 0.1 * g[i]!);
  const v1 = v.map((value, i) => 0.75 * value + 0.25 * g[i]! ** 2);
  const [mHat, vHat] = [m1.map(value => value / (1 - 0.9 ** 3)), v1.map(value => value / (1 - 0.75 ** 3))];
  const moved = theta.map((value, i) => value - 0.02 * (mHat[i]! / (Math.sqrt(vHat[i]!) + 1e-3) + 0.5 * value));
  return [moved, m1, v1];
}

const update = (inputs: AdamInputs) =>
  tf.engine().runKernel(adamKernel, inputs, attrs) as [tf.Tensor, tf.Tensor, tf.Tensor];

const shapes = [[], [1], [2], [3], [4], [5], [7], [8], [9], [3, 5], [4, 16], [2, 3, 7, 5], [0]];

describe.each(['cpu', 'wasm'])('the Adam kernel on %s', backend => {
  let report: BackendReport;
  beforeAll(async () => {
    await tf.setBackend(backend);
    report = await prepareBackend();
  });
  afterAll(async () => {
    report.restore();
    await tf.setBackend('cpu');
  });

  test('comes and goes with the preparation', async () => {
    expect(report.changes.find(({ kernel }) => kernel === adamKernel)?.action).toBe('added');
    report.restore();
    expect(tf.getKernel(adamKernel, backend)).toBeUndefined();
    report = await prepareBackend();
    expect(tf.getKernel(adamKernel, backend)).toBeDefined();
  });

  test.each(shapes.map(shape => [shape]))(
    'float64 values for the shape %o, and nothing beside it is touched',
    shape => {
      const inputs = inputsOf(shape);
      // Neighbours in memory, most likely.
      const around = Array.from({ length: 4 }, () => tf.fill([64], 7));
      const target = expected(inputs);
      const results = update(inputs);
      expect(results.map(t => t.shape)).toEqual([shape, shape, shape]);
      results.forEach((result, i) => {
        expectClose(numbers(result), target[i]!, { tolerance: 1e-6 });
      });
      for (const t of around) expect(numbers(t)).toEqual(Array(64).fill(7));
      tf.dispose([inputs, results, around]);
    },
  );

  test('the variable gets a new data id and keeps its old values; so do moments that somebody shares', () => {
    const inputs = inputsOf([9]);
    const [variable, gradient] = [numbers(inputs.variable), numbers(inputs.gradient)];
    const shared = [tf.reshape(inputs.m, [3, 3]), tf.reshape(inputs.v, [3, 3])];
    const held = shared.map(numbers);
    const results = update(inputs);
    expect(results[0].dataId).not.toBe(inputs.variable.dataId);
    expect(numbers(inputs.variable)).toEqual(variable);
    expect(numbers(inputs.gradient)).toEqual(gradient);
    expect(shared.map(numbers)).toEqual(held);
    tf.dispose([inputs, results, shared]);
  });

  test('what has been read before does not change', () => {
    const inputs = inputsOf([9]);
    const read = inputs.m.dataSync();
    const before = Array.from(read);
    const results = update(inputs);
    expect(Array.from(read)).toEqual(before);
    tf.dispose([inputs, results]);
  });

  test('frees all it takes', () => {
    const start = tf.memory();
    for (let i = 0; i < 3; i++) {
      const inputs = inputsOf([5, 3]);
      tf.dispose(update(inputs));
      tf.dispose(inputs);
    }
    const end = tf.memory();
    for (const key of ['numTensors', 'numDataBuffers', 'numBytes'] as const) expect(end[key]).toBe(start[key]);
  });
});

describe('the Adam kernel on wasm', () => {
  let report: BackendReport;
  beforeAll(async () => {
    await tf.setBackend('wasm');
    report = await prepareBackend();
  });
  afterAll(async () => {
    report.restore();
    await tf.setBackend('cpu');
  });

  test('moments that nobody shares are written in place', () => {
    const inputs = inputsOf([9]);
    const results = update(inputs);
    expect(results.slice(1).map(t => t.dataId)).toEqual([inputs.m.dataId, inputs.v.dataId]);
    tf.dispose([inputs, results]);
  });

  test('runs in JavaScript where our compiled kernels cannot', () => {
    const inputs = inputsOf([9]);
    const target = expected(inputs);
    const tfjs = tf.backend() as unknown as { wasm: object };
    const wasm = Object.create(tfjs.wasm, { asm: { value: undefined } });
    const backend = Object.create(tfjs, { wasm: { value: wasm } });
    const { kernelFunc } = tf.getKernel(adamKernel, 'wasm');
    const infos = kernelFunc({ inputs: inputs, backend, attrs }) as tf.TensorInfo[];
    infos.forEach((info, i) => {
      const t = tf.engine().makeTensorFromTensorInfo(info);
      expectClose(numbers(t), target[i]!, { tolerance: 1e-6 });
      t.dispose();
    });
    tf.dispose(inputs);
  });

  test('a product of tfjs sees the new weights: XNNPACK keeps packed ones by their data id', () => {
    const { kernelFunc } = tf.getKernel(adamKernel, 'wasm');
    report.restore();
    const x = new Rng(4).normal([3, 9]);
    const inputs = inputsOf([9, 8]);
    const product = (w: tf.Tensor) => tf.tidy(() => numbers(tf.matMul(x, w)));
    product(inputs.variable);
    const call = { inputs: inputs, backend: tf.backend(), attrs };
    const results = (kernelFunc(call) as tf.TensorInfo[]).map(info => tf.engine().makeTensorFromTensorInfo(info));
    const copy = tf.tensor2d(numbers(results[0]!), [9, 8]);
    expect(product(results[0]!)).toEqual(product(copy));
    tf.dispose([inputs, results, x, copy]);
  });
});
