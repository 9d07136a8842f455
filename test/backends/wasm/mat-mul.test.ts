import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prepareBackend } from '../../../src/backends/prepare-backend';
import { values } from '../../support/backends';
import { operands, type Sizes, transposes } from '../mat-mul-cases';
import { expectCpuValues, normal, usePreparedWasm, useWasm, valueAndGradients } from '../support';

type BatchSizes = Sizes & { batch?: number[] };

/** Both matrices behind the same batch. */
const batched = ({ batch = [], ...sizes }: BatchSizes, transposed: readonly [boolean, boolean]) =>
  operands(sizes, transposed, [batch, batch]);

describe('matMul on wasm', () => {
  useWasm();

  // That transposed products are slow in stock tfjs is for the benchmark to tell, not for a timed test.
  test('workaround: stock tfjs refuses int32', async () => {
    const product = () => tf.matMul(tf.ones([2, 2], 'int32'), tf.ones([2, 2], 'int32'), false, true);
    expect(product).toThrow('float32');
    const report = await prepareBackend();
    expect(values(product())).toEqual([2, 2, 2, 2]);
    report.restore();
  });

  describe('prepared', () => {
    usePreparedWasm();

    // Sizes on both sides of the threshold, and such that each of the two ways to a product is taken.
    const sizes: BatchSizes[] = [
      { rows: 3, inner: 4, columns: 5 },
      { rows: 1, inner: 300, columns: 40 },
      { rows: 40, inner: 300, columns: 1 },
      { rows: 33, inner: 47, columns: 65 },
      { rows: 128, inner: 20, columns: 100 },
      { rows: 12, inner: 200, columns: 150 },
      { rows: 200, inner: 20, columns: 12 },
      { rows: 2, inner: 3, columns: 4, batch: [3] },
      { rows: 20, inner: 30, columns: 40, batch: [3] },
      { rows: 20, inner: 30, columns: 40, batch: [2, 2] },
      { rows: 20, inner: 30, columns: 40, batch: [1] },
    ];
    describe.each(transposes)('transposeA %s, transposeB %s', (ta, tb) => {
      test.each(sizes)('value and gradients as on cpu: $rows × $inner × $columns, batch $batch', size =>
        expectCpuValues(() => valueAndGradients(batched(size, [ta, tb]), (a, b) => tf.matMul(a!, b!, ta, tb))),
      );

      test.each([
        { rows: 3, inner: 4, columns: 5 },
        { rows: 30, inner: 40, columns: 50 },
      ])('fused with bias and activation as on cpu: $rows × $inner × $columns', size =>
        expectCpuValues(() => {
          const [a, b] = batched(size, [ta, tb]) as [tf.Tensor2D, tf.Tensor2D];
          const bias = normal([size.columns], 'bias');
          return [tf.fused.matMul({ a, b, transposeA: ta, transposeB: tb, bias, activation: 'relu' })];
        }),
      );

      test('fused in batches as on cpu', () =>
        expectCpuValues(() => {
          const [a, b] = batched({ rows: 20, inner: 30, columns: 40, batch: [2] }, [ta, tb]);
          return [tf.fused.matMul({ a: a!, b: b!, transposeA: ta, transposeB: tb })];
        }));

      test('multiplies int32 to int32', () =>
        expectCpuValues(() => {
          const [a, b] = batched({ rows: 20, inner: 30, columns: 40 }, [ta, tb]);
          const whole = (x: tf.Tensor) => tf.cast(tf.round(tf.mul(x, 10)), 'int32');
          const y = tf.matMul(whole(a!), whole(b!), ta, tb);
          expect(y.dtype).toBe('int32');
          return [y];
        }, 0));

      test('broadcasts one matrix over a batch', () =>
        expectCpuValues(() => {
          const [a, b] = batched({ rows: 20, inner: 30, columns: 40, batch: [1] }, [ta, tb]);
          const many = tf.concat([b!, tf.mul(b!, 2), tf.mul(b!, 3)]);
          return [tf.matMul(a!, many, ta, tb)];
        }));
    });

    test('drawn sizes as on cpu', async () => {
      const length = fc.integer({ min: 1, max: 60 });
      const batch = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });
      await fc.assert(
        fc.asyncProperty(
          length,
          length,
          length,
          batch,
          fc.constantFrom(...transposes),
          async (rows, inner, columns, batch, turned) => {
            await expectCpuValues(() => [
              tf.matMul(...pair(batched({ rows, inner, columns, batch }, turned)), ...turned),
            ]);
          },
        ),
        { numRuns: 60, seed: 5 },
      );
    });

    test('keeps the message of tfjs for shapes that do not fit', async () => {
      await tf.setBackend('wasm');
      const [a, b] = [tf.ones([30, 40]), tf.ones([30, 40])];
      expect(() => tf.matMul(a, b)).toThrow('inner shapes');
      tf.dispose([a, b]);
    });

    test('follows weights that change: XNNPACK packs anew', async () => {
      await tf.setBackend('wasm');
      const before = tf.memory().numTensors;
      const x = normal([30, 40], 'x');
      const w = tf.variable(tf.zeros([50, 40]));
      for (const scale of [1, 2, 3]) {
        tf.tidy(() => w.assign(tf.fill([50, 40], scale)));
        const gap = tf.tidy(() =>
          tf.max(tf.abs(tf.sub(tf.matMul(x, w, false, true), tf.mul(tf.sum(x, 1, true), scale)))).arraySync(),
        );
        expect(gap).toBeLessThan(1e-4);
      }
      tf.dispose([x, w]);
      // The zeros that made the variable are its own memory.
      expect(tf.memory().numTensors - before).toBeLessThanOrEqual(1);
    });
  });
});

function pair([a, b]: tf.Tensor[]): [tf.Tensor, tf.Tensor] {
  return [a!, b!];
}
