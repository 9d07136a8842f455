import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Rng } from '../../../src/random/rng';
import { operands, type Sizes, transposes } from '../mat-mul-cases';
import { normal, on, relativeError, valueAndGradients } from '../support';
import { expectStockValues, prepared } from './support';

/** The product in float64. */
function exact(a: ArrayLike<number>, b: ArrayLike<number>, { rows, inner, columns }: Sizes): number[] {
  return Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += a[row * inner + k]! * b[k * columns + column]!;
    return sum;
  });
}

describe('matMul on cpu, prepared', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  // On both sides of the threshold, of a panel, of a block and of the inner block.
  const sizes: Sizes[] = [
    { rows: 3, inner: 4, columns: 5 },
    { rows: 8, inner: 8, columns: 9 },
    { rows: 1, inner: 700, columns: 1 },
    { rows: 1, inner: 300, columns: 40 },
    { rows: 40, inner: 300, columns: 1 },
    { rows: 33, inner: 257, columns: 65 },
    { rows: 300, inner: 20, columns: 263 },
    { rows: 261, inner: 519, columns: 5 },
    { rows: 5, inner: 513, columns: 259 },
    { rows: 600, inner: 1, columns: 3 },
  ];
  describe.each(transposes)('transposeA %s, transposeB %s', (ta, tb) => {
    test.each(sizes)('value and gradients as stock: $rows × $inner × $columns', size =>
      expectStockValues(() => valueAndGradients(operands(size, [ta, tb]), (a, b) => tf.matMul(a!, b!, ta, tb))),
    );

    test.each([
      [[[3], [3]]],
      [
        [
          [2, 2],
          [2, 2],
        ],
      ],
      [[[1], [3]]],
      [[[3], [1]]],
      [[[2, 3], [1]]],
      [[[], [4]]],
    ] as [[number[], number[]]][])('batches %j as stock', batch =>
      expectStockValues(() => {
        const [a, b] = operands({ rows: 9, inner: 11, columns: 10 }, [ta, tb], batch);
        return [tf.matMul(a, b, ta, tb)];
      }),
    );

    test.each(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const)(
      'fused with bias and %s as stock',
      activation =>
        expectStockValues(() => {
          const [a, b] = operands({ rows: 30, inner: 40, columns: 50 }, [ta, tb]);
          const common = { a, b, transposeA: ta, transposeB: tb, activation, leakyreluAlpha: 0.3 };
          const preluActivationWeights = normal([50], 'alpha');
          return [
            tf.fused.matMul({ ...common, bias: normal([50], 'bias'), preluActivationWeights }),
            tf.fused.matMul({ ...common, preluActivationWeights }),
          ];
        }),
    );

    test('drawn sizes', async () => {
      const size = fc.integer({ min: 1, max: 70 });
      const drawn = fc.record({ rows: size, inner: fc.integer({ min: 1, max: 600 }), columns: size });
      const check = (s: Sizes) =>
        expectStockValues(() => {
          const [a, b] = operands(s, [ta, tb]);
          return [tf.matMul(a, b, ta, tb)];
        });
      await fc.assert(fc.asyncProperty(drawn, check), { numRuns: 25, seed: 5 });
    });
  });

  test('sums in float64 and rounds once', async () => {
    const size = { rows: 6, inner: 5000, columns: 7 };
    const draw = (name: string, shape: number[]) => tf.add(new Rng(4).fork(name).uniform(shape), 100);
    const [a, b] = [draw('a', [6, 5000]), draw('b', [5000, 7])];
    const [result] = await prepared(() => [tf.matMul(a, b)]);
    const truth = exact(a.dataSync(), b.dataSync(), size);
    expect(Array.from(result!.values)).toEqual(truth.map(Math.fround));
    tf.dispose([a, b]);
  });

  test.each([
    [9, 10, 11],
    [2, 3, 2],
  ])(
    'workaround: batches that broadcast both ways, wrong in stock tfjs: %i × %i × %i',
    async (rows, inner, columns) => {
      const product = () => {
        const [a, b] = [normal([2, 1, rows, inner], 'a'), normal([1, 3, inner, columns], 'b')];
        const tiled = tf.matMul(tf.tile(a, [1, 3, 1, 1]), tf.tile(b, [2, 1, 1, 1]));
        const result = tf.matMul(a, b);
        return [result, tiled];
      };
      const [stock] = await on('cpu', product);
      expect(stock!.values.length).toBe(3 * rows * columns); // of 2 · 3 matrices
      const [ours, truth] = await prepared(product);
      expect(ours!.shape).toEqual([2, 3, rows, columns]);
      expect(relativeError(ours!.values, truth!.values)).toBeLessThan(1e-6);
      expect(ours!.values.length).toBe(truth!.values.length);
    },
  );

  test('takes float32 tensors that tfjs holds as integers', () =>
    expectStockValues(() => {
      const a = tf.cast(tf.reshape(tf.range(-200, 200, 1, 'int32'), [20, 20]), 'float32');
      return [tf.matMul(a, a, false, true), tf.add(a, 1), tf.sum(a, 0), tf.relu(a), tf.step(a)];
    }));

  test('leaves integers to tfjs', () =>
    expectStockValues(() => {
      const a = tf.reshape(tf.range(0, 400, 1, 'int32'), [20, 20]);
      return [tf.matMul(a, a), tf.add(a, a), tf.sum(a, 0)];
    }, 0));

  test('multiplies along an empty axis to zeros, and nothing to nothing', () =>
    expectStockValues(() => [
      tf.matMul(tf.zeros([3, 0]), tf.zeros([0, 2])),
      tf.matMul(tf.zeros([0, 600]), tf.zeros([600, 40])),
    ]));

  test("refuses wrong shapes with tfjs's own words", async () => {
    await prepared(() => {
      expect(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([4, 2]))).toThrow('inner shapes');
      return [];
    });
  });
});
