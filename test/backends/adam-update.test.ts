import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adamKernel } from '../../src/backends/adam-kernel';
import { type BackendReport, prepareBackend } from '../../src/backends/prepare-backend';
import { Rng } from '../../src/random/rng';
import { backends } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { attrs, expected, inputsOf, shapes, update } from './adam-oracle';

const numbers = (t: tf.Tensor) => Array.from(t.dataSync());

describe.each(backends)('the Adam kernel on %s', backend => {
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
    async shape => {
      const inputs = inputsOf(shape);
      // Neighbours in memory, most likely.
      const around = Array.from({ length: 4 }, () => tf.fill([64], 7));
      const target = await expected(inputs);
      const results = update(inputs);
      expect(results.map(t => t.shape)).toEqual([shape, shape, shape]);
      results.forEach((result, i) => {
        expectClose(numbers(result), target[i]!, { tolerance: 1e-6 });
      });
      for (const t of around) expect(numbers(t)).toEqual(Array(64).fill(7));
      tf.dispose([inputs, results, around]);
    },
  );

  test('a variable and moments that somebody shares keep their values', () => {
    const inputs = inputsOf([9]);
    const gradient = numbers(inputs.gradient);
    const shared = [tf.clone(inputs.variable), tf.reshape(inputs.m, [3, 3]), tf.reshape(inputs.v, [3, 3])];
    const held = shared.map(numbers);
    const results = update(inputs);
    results.forEach((result, i) => {
      expect(numbers(result)).not.toEqual(held[i]);
    });
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

describe.runIf(backends.includes('tensorflow'))('the Adam kernel on tfjs-node', () => {
  let report: BackendReport;
  beforeAll(async () => {
    await tf.setBackend('tensorflow');
    report = await prepareBackend();
  });
  afterAll(async () => {
    report.restore();
    await tf.setBackend('cpu');
  });

  test('all is written in place, but never to an array that a tensor was made from', () => {
    const given = Float32Array.from({ length: 16 }, (_, i) => i);
    const inputs = { ...inputsOf([16]), variable: tf.tensor1d(given) };
    const results = update(inputs);
    expect(results.map(t => t.dataId)).toEqual([inputs.variable, inputs.m, inputs.v].map(t => t.dataId));
    expect(numbers(results[0])).not.toEqual(Array.from(given));
    expect(Array.from(given)).toEqual(Array.from({ length: 16 }, (_, i) => i));
    tf.dispose([inputs, results]);
  });

  test('an update that TensorFlow refuses leaves all values', () => {
    const inputs = { ...inputsOf([9]), gradient: tf.zeros([8]) };
    const before = [inputs.variable, inputs.m, inputs.v].map(numbers);
    expect(() => update(inputs)).toThrow('shape');
    // Without weight decay nothing moved at all; the kernel multiplies by 1 − αλ = 0.99 first.
    expectClose(
      numbers(inputs.variable),
      before[0]!.map(value => 0.99 * value),
    );
    expect([inputs.m, inputs.v].map(numbers)).toEqual(before.slice(1));
    tf.dispose(inputs);
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

  test('moments that nobody shares are written in place; the variable gets a new data id', () => {
    const inputs = inputsOf([9]);
    const variable = numbers(inputs.variable);
    const results = update(inputs);
    expect(results[0].dataId).not.toBe(inputs.variable.dataId);
    expect(numbers(inputs.variable)).toEqual(variable);
    expect(results.slice(1).map(t => t.dataId)).toEqual([inputs.m.dataId, inputs.v.dataId]);
    tf.dispose([inputs, results]);
  });

  test('runs in JavaScript where our compiled kernels cannot', async () => {
    const inputs = inputsOf([9]);
    const target = await expected(inputs);
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
