import * as tf from '@tensorflow/tfjs';
import type { Batch, Support, VaeModel } from 'tfjs-vae';
import { describe, expect, test } from 'vitest';
import { checkBatch, checkRows, checkShapes } from '../../src/models/check-data';
import { dataGate } from '../../src/models/data-gate';
import { describeBackends } from '../support/backends';

const smallest = 2 ** -126;
const largest = (2 - 2 ** -23) * 2 ** 127;

/** Values that each support has and values that it does not have; NaN and ±∞ are tried with all of them. */
const supports: { support: Support; has: number[]; lacks: number[]; need: string }[] = [
  { support: 'real', has: [0, -3.5, 1e38, -largest], lacks: [], need: '' },
  { support: 'positive', has: [smallest, 1, 1e38], lacks: [0, -1e-6], need: 'positive numbers' },
  { support: 'unitInterval', has: [0, 0.5, 1], lacks: [-1e-6, 1.5], need: 'values in [0, 1]' },
  { support: 'unitOpen', has: [1e-7, 0.5, 1 - 2 ** -24], lacks: [0, 1, 2, -0.5], need: 'values between 0 and 1' },
  { support: 'counts', has: [0, 1, 16777216], lacks: [-1, 0.5, 3.0001], need: 'counts' },
  { support: { categories: 3 }, has: [0, 1, 2], lacks: [3, -1, 1.5], need: 'whole numbers from 0 to 2' },
  { support: { levels: 256 }, has: [0, 1 / 255, 77 / 255, 1], lacks: [0.5 / 255, 256 / 255, -1 / 255], need: 'levels' },
];

const model = (support: Support) => ({ support }) as unknown as VaeModel;
const rows = (values: number[], width = 1) => ({
  values: Float32Array.from(values),
  shape: [values.length / width, width],
});

async function refusal(support: Support, values: number[], width = 1, mask?: number[]): Promise<string | undefined> {
  const fields = { x: rows(values, width), ...(mask && { mask: rows(mask, width) }) };
  return checkRows('fit: data', fields, model(support), false).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

/** 0 on the device where all is well, else NaN. */
function gate(support: Support, values: number[], width = 1, mask?: number[]): number {
  return tf.tidy(() => {
    const shape: [number, number] = [values.length / width, width];
    const batch: Batch = { x: tf.tensor2d(values, shape), ...(mask && { mask: tf.tensor2d(mask, shape) }) };
    return dataGate(batch, model(support)).dataSync()[0]!;
  });
}

for (const { support, has, lacks, need } of supports) {
  describe(`the support ${JSON.stringify(support)}`, () => {
    test('rows on the host', async () => {
      expect(await refusal(support, has)).toBeUndefined();
      for (const value of lacks) {
        const message = await refusal(support, [...has, value]);
        expect(message).toContain(`x holds ${Math.fround(value)} at example ${has.length}`);
        expect(message).toContain(need);
      }
      for (const value of [Number.NaN, Infinity, -Infinity]) {
        expect(await refusal(support, [...has, value])).toContain(`x holds ${value}`);
        expect(await refusal(support, [...has, value], 1, [...has.map(() => 1), 0])).toBeUndefined();
      }
    });
  });

  describeBackends(`the support ${JSON.stringify(support)} on the device`, () => {
    test('says the same of each value, and nothing of what was not observed', () => {
      expect(gate(support, has)).toBe(0);
      for (const value of [...lacks, Number.NaN, Infinity, -Infinity]) {
        expect(gate(support, [...has, value]), String(value)).toBeNaN();
        expect(gate(support, [...has, value], 1, [...has.map(() => 1), 0])).toBe(0);
      }
    });
  });
}

describe('shares that add up to 1', () => {
  const good = [0.2, 0.8, 0, 1];
  test('on the host: the sum is told, and a vector that was not observed as a whole is passed over', async () => {
    expect(await refusal('simplex', good, 2)).toBeUndefined();
    expect(await refusal('simplex', [...good, 0.5, 0.4], 2)).toMatch(/x at example 2 add up to 0\.899.*sum .* is 1/);
    expect(await refusal('simplex', [...good, -0.5, 1.5], 2)).toContain('x holds -0.5 at example 2');
    expect(await refusal('simplex', [...good, 0.5, 0.4], 2, [1, 1, 1, 1, 1, 0])).toBeUndefined();
  });
});

describeBackends('shares that add up to 1, on the device', () => {
  test('as on the host', () => {
    expect(gate('simplex', [0.2, 0.8, 0, 1], 2)).toBe(0);
    expect(gate('simplex', [0.5, 0.4], 2)).toBeNaN();
    expect(gate('simplex', [-0.5, 1.5], 2)).toBeNaN();
    expect(gate('simplex', [0.2, 0.8, 0.5, Number.NaN], 2, [1, 1, 1, 0])).toBe(0);
  });
});

describe('columns', () => {
  const columns: Support = ['real', 'counts', { categories: 2 }];
  test('have a support each, on the host', async () => {
    expect(await refusal(columns, [-1.5, 3, 1, 2, 0, 0], 3)).toBeUndefined();
    expect(await refusal(columns, [-1.5, 3, 1, 2, 0.5, 0], 3)).toMatch(/x holds 0.5 at example 1.*counts/);
    expect(await refusal(columns, [-1.5, 3, 2], 3)).toMatch(/x holds 2 at example 0.*from 0 to 1/);
  });

  test('are as many as the last axis has', () => {
    const check = () => checkShapes('fit: data', { x: [10, 4] }, model(columns));
    expect(check).toThrow('fit: data: the likelihood has 3 columns, but the last axis of x has 4');
  });
});

test('the check on the device does as much for many columns as for few', async () => {
  await tf.setBackend('cpu');
  const kernels = async (columns: number) => {
    const support: Support = Array.from(
      { length: columns },
      (_, i) => (['real', 'counts', 'unitOpen'] as const)[i % 3]!,
    );
    const x = tf.fill([4, columns], 0.5);
    const { kernels: run } = await tf.profile(() => dataGate({ x }, model(support)));
    x.dispose();
    return run.length;
  };
  expect(await kernels(300)).toBe(await kernels(3));
});

describeBackends('columns on the device', () => {
  test('have a support each', () => {
    const columns: Support = ['real', 'counts', { categories: 2 }];
    expect(gate(columns, [-1.5, 3, 1, 2, 0, 0], 3)).toBe(0);
    expect(gate(columns, [-1.5, 3, 1, 2, 0.5, 0], 3)).toBeNaN();
    expect(gate(columns, [-1.5, 3, 2], 3)).toBeNaN();
    expect(gate(columns, [Number.NaN, 3, 1], 3)).toBeNaN();
    expect(gate(columns, [Infinity, 3, 1], 3)).toBeNaN();
    expect(gate(['unitInterval', 'unitOpen', { levels: 3 }], [1, 0.25, 0.5], 3)).toBe(0);
    expect(gate(['unitInterval', 'unitOpen', { levels: 3 }], [1, 1, 0.5], 3)).toBeNaN();
    expect(gate(['unitInterval', 'unitOpen', { levels: 3 }], [1, 0.25, 0.4], 3)).toBeNaN();
  });
});

describe('exposure', () => {
  const x = rows([1, 2]);
  const check = (exposure: { values: Float32Array; shape: number[] }) =>
    checkRows('fit: data', { x, exposure }, model('counts'), false);

  test('is one positive number for each example', async () => {
    await expect(check({ values: Float32Array.of(0.5, 100), shape: [2] })).resolves.toBeUndefined();
    await expect(check({ values: Float32Array.of(1, 0), shape: [2] })).rejects.toThrow(
      'fit: data: exposure holds 0 at example 1; exposure must be positive numbers',
    );
    await expect(check({ values: Float32Array.of(1, 1), shape: [2, 1] })).rejects.toThrow(
      'exposure must be one number per example, got the shape [2,1]',
    );
    const batch = { x: tf.ones([2, 1]), exposure: tf.ones([1]) };
    expect(() => checkBatch('VaeTrainer.step', batch, model('counts'))).toThrow(
      'VaeTrainer.step: exposure must be one number per example, got the shape [1]',
    );
    tf.dispose(batch);
  });
});
