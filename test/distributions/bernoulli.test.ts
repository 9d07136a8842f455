import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { Bernoulli } from '../../src/distributions/bernoulli';
import { Rng } from '../../src/random/rng';
import golden from '../golden/bernoulli.json';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';

const column = (data: readonly number[]) => tf.tensor1d(data as number[], 'float32');
/** A batch of single coins: no event axis. */
const coins = (logits: readonly number[]) => new Bernoulli({ logits: column(logits) });

describeBackends('Bernoulli, golden values', () => {
  test('log-mass of 0, 1 and grey levels, logits from −200 to 200', () => {
    const { x, logits, y } = golden.logMass;
    expectClose(values(tf.tidy(() => coins(logits).logProb(column(x)))), y);
    const sampled = tf.tidy(() => coins(logits).logProb(tf.stack([column(x), column(x)])));
    expectClose(values(sampled), [...y, ...y]);
  });

  test('gradient by the logits, x − σ(l), and by x, l', () => {
    const { x, logits, gradientLogits } = golden.logMass;
    const [byLogits, byX] = tf
      .tidy(() =>
        tf.grads((l: tf.Tensor, v: tf.Tensor) => new Bernoulli({ logits: l }).logProb(v))([column(logits), column(x)]),
      )
      .map(values);
    expectClose(byLogits!, gradientLogits);
    expectClose(byX!, logits);
  });

  test('the fused gradient is that of the formula spelled out, also with a sample axis', () => {
    const { x, logits } = golden.logMass;
    const plain = (l: tf.Tensor, v: tf.Tensor) => tf.sub(tf.mul(v, l), tf.softplus(l));
    const fused = (l: tf.Tensor, v: tf.Tensor) => new Bernoulli({ logits: l, eventRank: 0 }).logProb(v);
    const at = (f: (l: tf.Tensor, v: tf.Tensor) => tf.Tensor, twice: boolean) =>
      tf
        .tidy(() => {
          const v = twice ? tf.stack([column(x), column(x)]) : column(x);
          return tf.grads((l: tf.Tensor, t: tf.Tensor) => tf.mul(3, f(l, t)))([column(logits), v]);
        })
        .map(values);
    for (const twice of [false, true]) {
      const [a, b] = [at(fused, twice), at(plain, twice)];
      a.forEach((g, i) => {
        expectClose(g, b[i]!);
      });
    }
  });

  test('mean, variance and entropy', () => {
    const { logits, mean, variance, entropy } = golden.moments;
    expectClose(values(tf.tidy(() => coins(logits).mean())), mean);
    expectClose(values(tf.tidy(() => coins(logits).variance())), variance);
    expectClose(values(tf.tidy(() => coins(logits).entropy())), entropy);
  });

  test('KL', () => {
    const { q, p, y } = golden.kl;
    expectClose(values(tf.tidy(() => coins(q).kl(coins(p)))), y);
  });
});

describeBackends('Bernoulli', () => {
  test('samples are 0 or 1 in float32, and certain at logits of ±200', () => {
    const d = new Bernoulli({ logits: tf.tensor2d([[0, 200, -200, 1]]) });
    const draws = d.sample({ rng: new Rng(1), samples: 200 });
    expect(draws.dtype).toBe('float32');
    const rows = draws.arraySync() as number[][][];
    for (const [[a, one, zero, b]] of rows as [number[]][]) {
      expect([one, zero]).toEqual([1, 0]);
      expect([0, 1]).toContain(a);
      expect([0, 1]).toContain(b);
    }
    draws.dispose();
    d.dispose();
  });

  test('the same seed gives the same samples for a constant shift of nothing: uniform below σ(l)', () => {
    const d = new Bernoulli({ logits: tf.tensor2d([[0.3, -1, 2]]) });
    const u = values(new Rng(5).uniform([1, 3]));
    const p = [0.3, -1, 2].map(l => 1 / (1 + Math.exp(-l)));
    expect(values(d.sample({ rng: new Rng(5) }))).toEqual(u.map((v, i) => Number(v < p[i]!)));
    d.dispose();
  });

  test('for grey x the best log-mass is minus the entropy of x, not 0', () => {
    const x = 0.3;
    const best = Math.log(x / (1 - x));
    const entropy = -(x * Math.log(x) + (1 - x) * Math.log(1 - x));
    const at = (l: number) =>
      values(tf.tidy(() => new Bernoulli({ logits: tf.fill([1, 1], l) }).logProb(tf.fill([1, 1], x))))[0]!;
    expect(at(best)).toBeCloseTo(-entropy, 6);
    expect(at(best + 0.1)).toBeLessThan(at(best));
    expect(at(best - 0.1)).toBeLessThan(at(best));
  });

  test.each([-200, 200])('logits of %d, one element: finite values and live gradients', extreme => {
    const logits = tf.fill([1, 1], extreme);
    const wrong = tf.fill([1, 1], extreme > 0 ? 0 : 1);
    const d = new Bernoulli({ logits });
    const other = new Bernoulli({ logits: tf.fill([1, 1], -extreme) });
    expectClose(values(d.logProb(wrong)), [-200]);
    expect(values(tf.grads(() => tf.sum(d.logProb(wrong)))([logits])[0]!)).toEqual([-Math.sign(extreme)]);
    for (const t of [
      d.entropy(),
      d.kl(other),
      d.mean(),
      d.variance(),
      d.mode(),
      d.sampleWithLogProb({ rng: new Rng(1) }).logProb,
    ]) {
      for (const v of values(t)) expect(Number.isFinite(v)).toBe(true);
    }
    for (const term of [() => d.entropy(), () => d.kl(other)]) {
      expect(Number.isFinite(values(tf.grads(() => tf.sum(term()))([logits])[0]!)[0])).toBe(true);
    }
    tf.dispose([logits, wrong, ...Object.values(other.params)]);
  });

  test('leaves nothing behind when a gradient is taken', () => {
    const logits = tf.zeros([2, 3]);
    const x = tf.ones([2, 3]);
    const d = new Bernoulli({ logits });
    noLeak(() => tf.dispose(tf.grads(() => tf.sum(tf.add(d.logProb(x), d.entropy())))([logits])));
    tf.dispose([logits, x]);
  });
});

describe('Bernoulli refuses', () => {
  const check = (make: () => unknown, message: string) => {
    tf.tidy(() => {
      expect(make).toThrow(message);
    });
  };

  test('shapes that do not fit', async () => {
    await tf.setBackend('cpu');
    check(() => new Bernoulli({ logits: tf.scalar(0) }), 'Bernoulli: parameters must be [batch, …event], got a scalar');
    const d = () => new Bernoulli({ logits: tf.zeros([2, 3]) });
    for (const shape of [[2, 4], [3, 3], [3], [2, 1]]) {
      check(() => d().logProb(tf.zeros(shape)), `Bernoulli.logProb: x must fit [2,3] or [samples,2,3], got [${shape}]`);
    }
  });

  test('another event in a KL', () => {
    const d = (shape: number[]) => new Bernoulli({ logits: tf.zeros(shape) });
    for (const shape of [
      [2, 4],
      [2, 1],
      [3, 3],
    ])
      check(() => d([2, 3]).kl(d(shape)), 'Bernoulli.kl');
  });
});
