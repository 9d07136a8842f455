import * as tf from '@tensorflow/tfjs';
import { Bernoulli, prepareBackend } from 'tfjs-vae';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logMassKernel } from '../../src/ops/log-mass-kernel';
import { expectValues, values } from '../support/expect-values';
import { numberRows } from '../support/numbers';
import { describeBackends } from './backends';

describeBackends('Bernoulli on the prepared backend', () => {
  let report: Awaited<ReturnType<typeof prepareBackend>>;
  beforeAll(async () => {
    report = await prepareBackend();
  });
  afterAll(() => report.restore());

  test('webgl has a kernel for it', () => {
    expect(Boolean(tf.getKernel(logMassKernel, tf.getBackend()))).toBe(tf.getBackend() === 'webgl');
  });

  for (const { name, f, inputs, closeness, ...golden } of numberRows.filter(row => row.name.startsWith('Bernoulli'))) {
    test(name, () => expectValues(f, inputs, golden, closeness));
  }

  test('logits that a product has packed, of odd sizes, against x as it was uploaded', async () => {
    const x = tf.tensor3d(
      Array.from({ length: 3 * 5 * 7 }, (_, i) => (i % 3) / 2),
      [3, 5, 7],
    );
    const logits = tf.tidy(() => tf.reshape(tf.matMul(tf.range(-15, 15).reshape([15, 2]), tf.ones([2, 7])), [3, 5, 7]));
    const expected = Array.from(await x.data()).map((v, i) => {
      const l = 4 * Math.floor(i / 7) - 29;
      return v * l - Math.max(l, 0) - Math.log1p(Math.exp(-Math.abs(l)));
    });
    const actual = await values(tf.tidy(() => new Bernoulli({ logits, eventRank: 0 }).logProb(x)));
    actual.forEach((a, i) => {
      expect(a).toBeCloseTo(expected[i]!, 4);
    });
    tf.dispose([x, logits]);
  });
});
