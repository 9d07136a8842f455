import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { Categorical } from '../../src/distributions/categorical';
import { OneHotCategorical } from '../../src/distributions/one-hot-categorical';
import { Rng } from '../../src/random/rng';
import { describeBackends, values } from '../support/backends';
import { expectClose, expectRelative } from '../support/expect-close';

/** Two classes of three: e and e³ to 1, the last one impossible. */
const LOGITS = [1, 3, -Infinity];
const [P0, P1] = [1 / (1 + Math.exp(2)), 1 / (1 + Math.exp(-2))];
const oneHots = () =>
  tf.tensor2d([
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]);
const logits = () => tf.tensor2d([LOGITS, LOGITS, LOGITS]);
const run = (f: () => tf.Tensor) => values(tf.tidy(f));

describeBackends('a class of logit −∞', () => {
  test('is NaN by Σ onehot·log p, where 0 meets −∞', () => {
    const naive = run(() => tf.sum(tf.mul(oneHots(), tf.logSoftmax(logits())), -1));
    expect(naive[0]).toBeNaN();
  });

  test('has −∞, and the others the exact log-probability', () => {
    const expected = [Math.log(P0), Math.log(P1), -Infinity];
    expectClose(
      run(() => new OneHotCategorical({ logits: logits() }).logProb(oneHots())),
      expected,
    );
    expectClose(
      run(() => new Categorical({ logits: logits() }).logProb(tf.tensor1d([0, 1, 2]))),
      expected,
    );
  });

  test('has the gradient 0', () => {
    const by = (f: (l: tf.Tensor) => tf.Tensor) => run(() => tf.grad(f)(tf.tensor2d([LOGITS])));
    const expected = [P1, -P1, 0];
    expectClose(
      by(l => new Categorical({ logits: l }).logProb(tf.tensor1d([0]))),
      expected,
    );
    expectClose(
      by(l => new OneHotCategorical({ logits: l }).logProb(tf.tensor2d([[1, 0, 0]]))),
      expected,
    );
    for (const v of by(l => new Categorical({ logits: l }).entropy())) expect(v).not.toBeNaN();
  });

  test('is never drawn, and weighs nothing in moments, entropy and KL', () => {
    const d = () => new Categorical({ logits: tf.tensor2d([LOGITS]) });
    expect(Math.max(...run(() => d().sample({ rng: new Rng(3), samples: 500 })))).toBe(1);
    expectClose(
      run(() => d().mean()),
      [P1],
    );
    expectClose(
      run(() => d().entropy()),
      [-P0 * Math.log(P0) - P1 * Math.log(P1)],
    );
    const other = () => new Categorical({ logits: tf.tensor2d([[1, 3, 0]]) });
    expectClose(
      run(() => d().kl(other())),
      [Math.log((Math.E + Math.exp(3) + 1) / (Math.E + Math.exp(3)))],
    );
    expect(run(() => other().kl(d()))).toEqual([Infinity]);
  });
});

describeBackends('Categorical', () => {
  test('an index that is not among the classes is impossible', () => {
    const d = () => new Categorical({ logits: tf.zeros([4, 3]) });
    expectClose(
      run(() => d().logProb(tf.tensor1d([3, -1, 0.5, 2]))),
      [-Infinity, -Infinity, -Infinity, -Math.log(3)],
    );
    expectClose(
      run(() => d().logProb(tf.tensor1d([0, 1, 2, 0], 'int32'))),
      Array(4).fill(-Math.log(3)),
    );
  });

  test('logits far from 0 lose no digit', () => {
    const far = tf.tensor2d([[10000, 10001, 9999]]);
    const expected = -1 - Math.log(Math.exp(-1) + 1 + Math.exp(-2));
    expectClose(
      run(() => new Categorical({ logits: far }).logProb(tf.tensor1d([0]))),
      [expected],
      { tolerance: 1e-6 },
    );
    far.dispose();
  });

  test('the KL of neighbours keeps its digits, which those of log π − log ρ do not', () => {
    const [a, b] = [
      [0.7, -0.3, 1.1],
      [0.7, -0.3 + 2 ** -10, 1.1 - 2 ** -11],
    ] as const;
    const softmax64 = (l: readonly number[]) => {
      const total = l.reduce((sum, v) => sum + Math.exp(v), 0);
      return l.map(v => Math.exp(v) / total);
    };
    const [pi, rho] = [softmax64(a.map(Math.fround)), softmax64(b.map(Math.fround))];
    const exact = pi.reduce((sum, v, i) => sum + v * Math.log(v / rho[i]!), 0);
    const d = (l: readonly number[]) => new Categorical({ logits: tf.tensor2d([[...l]]) });
    expectRelative(
      run(() => d(a).kl(d(b))),
      [exact],
      1e-4,
    );
    const naive = run(() => {
      const [q, p] = [a, b].map(l => tf.logSoftmax(tf.tensor2d([[...l]]))) as [tf.Tensor, tf.Tensor];
      return tf.sum(tf.mul(tf.exp(q), tf.sub(q, p)), -1);
    })[0]!;
    expect(Math.abs(naive / exact - 1)).toBeGreaterThan(0.01);
  });

  test('a vector of which a mask hides a class is left out', () => {
    const d = () => new OneHotCategorical({ logits: tf.zeros([1, 2, 3]) });
    const x = () => tf.tensor3d([[[1, 0, 0], [0, Number.NaN, 0]]]); // biome-ignore format: two vectors
    const mask = () => tf.tensor3d([[[1, 1, 1], [1, 0, 1]]]); // biome-ignore format: two vectors
    expectClose(
      run(() => d().logProb(x(), { mask: mask() })),
      [-Math.log(3)],
    );
  });

  test('logits without an axis of classes are refused', () => {
    tf.tidy(() => {
      const message = 'logits must be a tensor [batch, …, classes], got [3]';
      expect(() => new Categorical({ logits: tf.zeros([3]) })).toThrow(`Categorical: ${message}`);
      expect(() => new OneHotCategorical({ logits: tf.zeros([3]) })).toThrow(`OneHotCategorical: ${message}`);
      expect(() => new OneHotCategorical({ logits: tf.zeros([3, 2]), eventRank: 0 })).toThrow('at least 1');
    });
  });
});
