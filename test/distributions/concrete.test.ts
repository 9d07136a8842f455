import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { Bernoulli } from '../../src/distributions/bernoulli';
import { BinaryConcrete } from '../../src/distributions/binary-concrete';
import { Concrete } from '../../src/distributions/concrete';
import { GumbelSigmoid } from '../../src/distributions/gumbel-sigmoid';
import { GumbelSoftmax } from '../../src/distributions/gumbel-softmax';
import { OneHotCategorical } from '../../src/distributions/one-hot-categorical';
import { Rng } from '../../src/random/rng';
import { describeBackends, values } from '../support/backends';
import { expectClose } from '../support/expect-close';

const LOGITS = [
  [0.5, -1, 2],
  [0, 3, -3],
];
const logits = () => tf.tensor3d([LOGITS]);

beforeAll(async () => void (await tf.setBackend('cpu')));

describeBackends('relaxed discrete variables', () => {
  test('a Concrete of two classes is the BinaryConcrete of their difference', () => {
    tf.tidy(() => {
      const x = tf.tensor1d([1e-6, 0.2, 0.5, 0.9]);
      const l = tf.tensor1d([2, -1, 0.3, 5]);
      const pairs = new Concrete({ logits: tf.stack([l, tf.zerosLike(l)], -1), temperature: 0.4 });
      const binary = new BinaryConcrete({ logits: l, temperature: 0.4 });
      expectClose(values(pairs.logProb(tf.stack([x, tf.sub(1, x)], -1))), values(binary.logProb(x)));
    });
  });

  test('straight-through draws are the rounded relaxed ones, with the gradient of these', () => {
    tf.tidy(() => {
      const weights = tf.tensor3d([
        [
          [1, -2, 0.5],
          [3, 0.1, -1],
        ],
      ]);
      const make = (straightThrough: boolean) => (l: tf.Tensor) =>
        new GumbelSoftmax({ logits: l, temperature: 0.7, straightThrough }).sample({ rng: new Rng(3), samples: 20 });
      const [soft, hard] = [make(false), make(true)];
      const rounded = tf.oneHot(tf.argMax(soft(logits()), -1) as tf.Tensor1D, 3);
      expect(values(hard(logits()))).toEqual(values(rounded));
      const [a, b] = [soft, hard].map(f => values(tf.grad((l: tf.Tensor) => tf.sum(tf.mul(f(l), weights)))(logits())));
      expect(b).toEqual(a);
      expect(a!.some(v => Math.abs(v) > 1e-3)).toBe(true);
      const coins = (straightThrough: boolean) =>
        new GumbelSigmoid({ logits: tf.tensor2d([LOGITS[0]!]), temperature: 0.7, straightThrough }).sample({
          rng: new Rng(3),
          samples: 20,
        });
      expect(values(coins(true))).toEqual(values(coins(false)).map(v => Number(v > 0.5)));
    });
  });

  test('the order of relaxed entries does not depend on the temperature, and they come near one-hot vectors', () => {
    tf.tidy(() => {
      const at = (temperature: number) =>
        new GumbelSoftmax({ logits: logits(), temperature }).sample({ rng: new Rng(5), samples: 500 });
      const [warm, cold] = [at(2), at(0.01)];
      expect(values(tf.argMax(warm, -1))).toEqual(values(tf.argMax(cold, -1)));
      expect(values(tf.mean(tf.max(cold, -1)))[0]).toBeGreaterThan(0.98);
      for (const total of values(tf.sum(warm, -1))) expect(total).toBeCloseTo(1, 5);
    });
  });

  test('all but the draws of a Gumbel-softmax is that of the discrete variable', () => {
    tf.tidy(() => {
      const relaxed = new GumbelSoftmax({ logits: logits(), temperature: 0.5 });
      const discrete = new OneHotCategorical({ logits: logits() });
      const prior = new OneHotCategorical({ logits: tf.zeros([1, 2, 3]) });
      expect([relaxed.kind, relaxed.relaxed, relaxed.reparameterised]).toEqual(['oneHotCategorical', true, true]);
      expect(values(relaxed.kl(prior))).toEqual(values(discrete.kl(prior)));
      expect(values(relaxed.entropy())).toEqual(values(discrete.entropy()));
      const detached = relaxed.detach();
      expect([detached.relaxed, detached.temperature]).toEqual([true, 0.5]);
      const coin = new GumbelSigmoid({ logits: tf.tensor2d([[0.3, -2]]), temperature: 0.5 }).detach();
      expect([coin.kind, coin.relaxed, coin.temperature]).toEqual(['bernoulli', true, 0.5]);
      const even = new Bernoulli({ logits: tf.zeros([1, 2]) });
      expect(coin.hasKl(even)).toBe(true);
    });
  });

  test('no draw has an infinite log-density, however sure and however cold', () => {
    tf.tidy(() => {
      const sure = tf.tensor2d([[200, -200, 0, 30]]);
      for (const temperature of [0.05, 1, 10]) {
        for (const d of [
          new Concrete({ logits: sure, temperature }),
          new BinaryConcrete({ logits: sure, temperature }),
        ]) {
          const { value, logProb } = d.sampleWithLogProb({ rng: new Rng(1), samples: 300 });
          for (const v of [...values(value), ...values(logProb)]) expect(Number.isFinite(v)).toBe(true);
          const slope = tf.grad((l: tf.Tensor) => {
            const q =
              d instanceof Concrete
                ? new Concrete({ logits: l, temperature })
                : new BinaryConcrete({ logits: l, temperature });
            return tf.sum(q.sampleWithLogProb({ rng: new Rng(1), samples: 300 }).logProb);
          })(sure);
          for (const v of values(slope)) expect(Number.isFinite(v)).toBe(true);
        }
      }
    });
  });
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('a temperature of %d is refused', temperature => {
  tf.tidy(() => {
    const l = logits();
    const message = `temperature must be a positive number, got ${temperature}`;
    expect(() => new Concrete({ logits: l, temperature })).toThrow(`Concrete: ${message}`);
    expect(() => new BinaryConcrete({ logits: l, temperature })).toThrow(`BinaryConcrete: ${message}`);
    expect(() => new GumbelSoftmax({ logits: l, temperature })).toThrow(`GumbelSoftmax: ${message}`);
    expect(() => new GumbelSigmoid({ logits: l, temperature })).toThrow(`GumbelSigmoid: ${message}`);
  });
});
