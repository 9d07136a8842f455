import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { PowerSpherical } from '../../src/distributions/power-spherical';
import { SphereUniform } from '../../src/distributions/sphere-uniform';
import { Rng } from '../../src/random/rng';
import { describeBackends, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { mean as average, standardError } from '../support/statistics';

/** Cosines to a mean e₁. */
const cosines = (size: number, kappa: tf.Tensor, samples: number, seed = 3) => {
  const mean = tf.tensor2d([[1, ...Array<number>(size - 1).fill(0)]]);
  const drawn = new PowerSpherical({ mean, concentration: kappa }).sample({ rng: new Rng(seed), samples });
  return tf.reshape(tf.slice(drawn, [0, 0, 0], [-1, -1, 1]), [-1]);
};

describeBackends('PowerSpherical', () => {
  test('at the mean e₁, and at −e₁, the usual reflection is 0/0 and ours is not', () => {
    for (const sign of [1, -1]) {
      const mean = tf.tensor2d([[sign, 0, 0]]);
      const f = (mu: tf.Tensor, kappa: tf.Tensor) =>
        tf.sum(new PowerSpherical({ mean: mu, concentration: kappa }).sample({ rng: new Rng(1), samples: 50 }));
      const kappa = tf.scalar(40);
      const drawn = values(new PowerSpherical({ mean, concentration: kappa }).sample({ rng: new Rng(1), samples: 50 }));
      expect(average(drawn.filter((_, i) => i % 3 === 0)) * sign).toBeGreaterThan(0.9);
      for (const v of tf.grads(f)([mean, kappa]).flatMap(values)) expect(Number.isFinite(v)).toBe(true);
      // u = e₁ − μ, as it is written in most code.
      const usual = values(
        tf.tidy(() => {
          const u = tf.sub(tf.tensor2d([[1, 0, 0]]), mean);
          return tf.div(u, tf.norm(u));
        }),
      );
      if (sign === 1) expect(usual[0]).toBeNaN();
      tf.dispose([mean, kappa]);
    }
  });

  test('the gradient through draws is that of E[z] = a/(a + b) by κ, b/(a + b)²', () => {
    for (const [size, kappa] of [
      [2, 2],
      [3, 5],
      [6, 0.5],
      [9, 80],
    ] as const) {
      const count = 20_000;
      const each = tf.fill([count], kappa);
      // One example for each draw, so that their gradients stand apart.
      const slopes = values(
        tf.tidy(() =>
          tf.grad((k: tf.Tensor) => {
            const mean = tf.tile(tf.tensor2d([[1, ...Array<number>(size - 1).fill(0)]]), [count, 1]);
            const drawn = new PowerSpherical({ mean, concentration: k }).sample({ rng: new Rng(5) });
            return tf.mul(0.5, tf.sum(tf.slice(drawn, [0, 0], [-1, 1])));
          })(each),
        ),
      );
      each.dispose();
      const [b, n] = [(size - 1) / 2, size - 1 + kappa];
      expect(Math.abs(average(slopes) - b / n ** 2)).toBeLessThan(4 * standardError(slopes));
      // An unbiased estimate with no spread, or one that is 0, would pass by its standard error alone.
      expect(standardError(slopes)).toBeLessThan(0.1 * (b / n ** 2));
    }
  });

  test('draws are unit vectors, also for κ of 1e4 in 64 dimensions, with log-densities as logProb gives them', () => {
    const v = tf.cos(tf.range(0, 64));
    const mean = tf.tidy(() => tf.reshape(tf.div(v, tf.norm(v)), [1, 64]));
    const concentration = tf.tensor1d([1e4]);
    const d = new PowerSpherical({ mean, concentration });
    const { value, logProb } = d.sampleWithLogProb({ rng: new Rng(2), samples: 200 });
    for (const length of values(tf.tidy(() => tf.norm(value, 2, -1)))) expect(Math.abs(length - 1)).toBeLessThan(2e-6);
    // The rounding of a draw to float32 moves its own density: κ/2 times 6e-8·distance for each of its numbers.
    expectClose(values(logProb), values(d.logProb(value)), { tolerance: 2e-5 });
    tf.dispose([v, mean, concentration, value]);
  });

  test('for κ near 0 it is the uniform distribution', () => {
    const kappa = tf.scalar(1e-6);
    const drawn = values(tf.tidy(() => cosines(3, kappa, 5000)));
    expect(Math.abs(average(drawn))).toBeLessThan(4 * standardError(drawn));
    const [mean, one] = [tf.tensor2d([[0, 1, 0]]), tf.tensor1d([1e-6])];
    const kl = new PowerSpherical({ mean, concentration: one }).kl(new SphereUniform({ shape: [3] }));
    expectClose(values(kl), [0], { tolerance: 1e-6 });
    tf.dispose([kappa, mean, one]);
  });

  test('the noise of an example is its own', () => {
    const rows = (indices: number[]) => {
      const mean = tf.tile(tf.tensor2d([[0.6, 0.8, 0, 0]]), [indices.length, 1]);
      const rng = new Rng(8).forRows(indices);
      return values(tf.tidy(() => new PowerSpherical({ mean, concentration: tf.scalar(3) }).sample({ rng })));
    };
    expectClose(rows([9]), rows([4, 9]).slice(4), { tolerance: 1e-6 });
  });
});

test('what is no sphere, or has other shapes, is refused by name', () => {
  tf.tidy(() => {
    const [mean, one] = [tf.ones([2, 1]), tf.ones([2])];
    expect(() => new PowerSpherical({ mean, concentration: one })).toThrow('at least 2 numbers, got 1');
    expect(() => new PowerSpherical({ mean: tf.ones([2, 3]), concentration: tf.ones([2, 3]) })).toThrow(
      'concentration must be [2], a number for each mean, or a scalar, got [2,3]',
    );
    expect(() => new PowerSpherical({ mean, kappa: one } as never)).toThrow(
      'unknown option kappa; write concentration',
    );
    expect(() => new SphereUniform({ shape: [1] })).toThrow('at least 2 numbers, got 1');
    expect(() => new SphereUniform({ shape: [2, 3] })).toThrow('at least 2 numbers');
    expect(() => new SphereUniform({ shape: [2] }).logProb(tf.ones([1, 2]), { mask: tf.ones([1, 2]) })).toThrow('mask');
  });
});
