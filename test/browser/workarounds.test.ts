import * as tf from '@tensorflow/tfjs';
import { Adam, expm1MinusX, logSumExp, prepareBackend, softClip } from 'tfjs-vae';
import { expect, test } from 'vitest';
import { values } from '../support/expect-values';
import { describeBackends } from './backends';

// Each test first shows what tfjs does: where that part fails, tfjs has been mended and the workaround can go.

const seeded = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);

/** `dy·Wᵀ` by matMul with transposeB and by an explicit transpose: the largest difference, relative to the largest entry. */
async function transposedProductError(): Promise<number> {
  const [dy, kernel] = [seeded([16, 7 * 7 * 64], 1), seeded([16, 7 * 7 * 64], 2)] as [tf.Tensor2D, tf.Tensor2D];
  const product = await values(tf.matMul(dy, kernel, false, true));
  const [a, b] = [await values(dy), await values(kernel)];
  const inner = 7 * 7 * 64;
  let [worst, largest] = [0, 0];
  for (let i = 0; i < 16; i++) {
    for (let j = 0; j < 16; j++) {
      let expected = 0;
      for (let k = 0; k < inner; k++) expected += a[i * inner + k]! * b[j * inner + k]!;
      worst = Math.max(worst, Math.abs(product[i * 16 + j]! - expected));
      largest = Math.max(largest, Math.abs(expected));
    }
  }
  return worst / largest;
}

describeBackends('workarounds', backend => {
  test('matMul with transposeB over 3,136: wrong on webgpu as tfjs has it, right when prepared', async () => {
    const stock = await transposedProductError();
    if (backend === 'webgpu') expect(stock).toBeGreaterThan(0.01);
    else expect(stock).toBeLessThan(1e-5);
    const report = await prepareBackend();
    expect(await transposedProductError()).toBeLessThan(1e-5);
    report.restore();
  });

  test('expm1 is exp − 1 here and loses small numbers; expm1MinusX does not use it', async () => {
    const x = 1e-4;
    const [stock] = await values(tf.tidy(() => tf.sub(tf.expm1(tf.fill([200], x)), x)));
    expect(Math.abs(stock! / (0.5 * x * x) - 1)).toBeGreaterThan(0.1);
    const [ours] = await values(tf.tidy(() => expm1MinusX(tf.fill([200], x))));
    expect(Math.abs(ours! / (0.5 * x * x + x ** 3 / 6) - 1)).toBeLessThan(1e-5);
  });

  test('log1p loses small numbers here; softClip, its only user, needs them to an absolute 1e-6 alone', async () => {
    const [stock] = await values(tf.log1p(tf.fill([200], 1e-8)));
    expect(stock).toBe(0);
    const over = Array.from({ length: 200 }, (_, i) => 10 ** (-9 + i / 20));
    const clipped = await values(tf.tidy(() => softClip(tf.tensor1d(over), -1, 0)));
    for (const [i, v] of clipped.entries())
      expect(Math.abs(v - Math.log1p(over[i]!))).toBeLessThan(1e-6 * Math.max(1, v));
  });

  test('the logarithm of 0 is finite or the maximum of −∞ is not: logSumExp of −∞ alone is −∞ still', async () => {
    const x = tf.fill([130, 2], -Infinity);
    const plain = await values(tf.logSumExp(x, 1));
    expect(plain[0]).not.toBe(-Infinity);
    expect(await values(logSumExp(x, 1))).toEqual(Array(130).fill(-Infinity));
    x.dispose();
  });

  test("Adam's ε: tfjs has 1e-4 on webgl (#6980), with which small gradients move nothing", async () => {
    expect(tf.backend().epsilon()).toBe(backend === 'webgl' ? 1e-4 : 1e-7);
    const moved = async (step: (w: tf.Variable, gradient: tf.Tensor) => void) => {
      const w = tf.variable(tf.zeros([200]));
      const gradient = tf.fill([200], 1e-5);
      step(w, gradient);
      gradient.dispose();
      return (await values(w))[0]!;
    };
    const stock = await moved((w, gradient) => {
      const adam = tf.train.adam(0.01);
      adam.applyGradients([{ name: w.name, tensor: gradient }]);
      adam.dispose();
    });
    const ours = await moved((variable, gradient) => {
      const adam = new Adam({ learningRate: 0.01 });
      const finite = tf.scalar(1);
      adam.apply([{ path: 'w', variable, gradient }], { step: 0, finite });
      adam.dispose();
      finite.dispose();
    });
    const expected = (-0.01 * 1e-5) / (1e-5 + 1e-7);
    expect(Math.abs(ours / expected - 1)).toBeLessThan(1e-4);
    if (backend === 'webgl') expect(Math.abs(stock / expected)).toBeLessThan(0.2);
  });
});
