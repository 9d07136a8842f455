import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { Bernoulli } from '../../src/distributions/bernoulli';
import { negativeLogLikelihood, reconstructionLoss } from '../../src/losses/reconstruction';
import { reduceMean } from '../../src/losses/reduce';
import golden from '../golden/elbo.json';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';

describeBackends('reduceMean', () => {
  test('the mean over the batch, and Σwℓ / Σw', () => {
    tf.tidy(() => {
      const losses = tf.tensor1d([1, 2, 6]);
      expectClose(values(reduceMean(losses)), [3]);
      expectClose(values(reduceMean(losses, tf.tensor1d([1, 3, 0]))), [7 / 4]);
      expectClose(values(reduceMean(losses, tf.fill([3], 1e-3))), [3]);
    });
  });

  test('[samples, batch]: the mean over samples, then over examples', () => {
    tf.tidy(() => {
      const losses = tf.tensor2d([
        [1, 2],
        [3, 10],
      ]);
      expectClose(values(reduceMean(losses)), [4]);
      expectClose(values(reduceMean(losses, tf.tensor1d([3, 1]))), [(3 * 2 + 6) / 4]);
    });
  });

  test('the gradient is w / Σw', () => {
    tf.tidy(() => {
      const weights = tf.tensor1d([1, 3, 0]);
      const gradient = tf.grad(t => reduceMean(t, weights))(tf.tensor1d([1, 2, 6]));
      expectClose(values(gradient), [0.25, 0.75, 0]);
    });
  });

  test.each([1e-37, 1e-31, 1e-10, 1e31, 1e37])('weights of about %d give the mean that their ratios say', scale => {
    tf.tidy(() => {
      const weights = tf.tensor1d([scale, 3 * scale, 0]);
      expectClose(values(reduceMean(tf.tensor1d([1, 2, 6]), weights)), [7 / 4]);
      const gradient = tf.grad(t => reduceMean(t, weights))(tf.tensor1d([1, 2, 6]));
      expectClose(values(gradient), [0.25, 0.75, 0]);
    });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d under weight 0 does not count, in value and gradient', bad => {
    tf.tidy(() => {
      const [losses, weights] = [tf.tensor1d([1, 2, bad]), tf.tensor1d([1, 3, 0])];
      expectClose(values(reduceMean(losses, weights)), [7 / 4]);
      expectClose(values(tf.grad(t => reduceMean(t, weights))(losses)), [0.25, 0.75, 0]);
      expect(values(reduceMean(losses, tf.tensor1d([1, 3, 1])))[0]).not.toSatisfy(Number.isFinite);
    });
  });

  test('where no example counts, 0; a weight that is NaN is not hidden', () => {
    tf.tidy(() => {
      expect(values(reduceMean(tf.tensor1d([1, 2]), tf.tensor1d([0, 0])))).toEqual([0]);
      expect(values(reduceMean(tf.tensor1d([1, 2]), tf.tensor1d([1, Number.NaN])))).toEqual([Number.NaN]);
    });
  });

  test('whole numbers as weights, and a gradient by the weights', () => {
    tf.tidy(() => {
      const losses = tf.tensor1d([1, 2, 6]);
      expectClose(values(reduceMean(losses, tf.tensor1d([1, 3, 0], 'int32'))), [7 / 4]);
      // d/dwᵢ Σwℓ/Σw = (ℓᵢ − mean) / Σw
      const gradient = tf.grad(w => reduceMean(losses, w))(tf.tensor1d([1, 3, 2]));
      expectClose(
        values(gradient),
        [1, 2, 6].map(l => (l - 19 / 6) / 6),
      );
    });
  });

  test('is a scalar of its own, and leaves nothing behind', () => {
    const [losses, weights] = [tf.tensor1d([4]), tf.tensor1d([2])];
    for (const w of [undefined, weights]) {
      noLeak(() => {
        const mean = reduceMean(losses, w);
        expect(mean.shape).toEqual([]);
        expect(values(mean)).toEqual([4]);
      });
    }
    expect(losses.isDisposed).toBe(false);
    tf.dispose([losses, weights]);
  });
});

describeBackends('reconstruction', () => {
  const setup = () => ({
    x: tf.tensor2d(golden.x),
    likelihood: new Bernoulli({ logits: tf.tensor2d(golden.logits) }),
    mask: tf.tensor2d(golden.mask),
  });

  test('negativeLogLikelihood: golden values per example, constants included, with and without a mask', () => {
    const plain = tf.tidy(() => {
      const { x, likelihood } = setup();
      return negativeLogLikelihood(likelihood, x);
    });
    expectClose(values(plain), golden.perExample.reconstruction);
    const masked = tf.tidy(() => {
      const { x, likelihood, mask } = setup();
      return negativeLogLikelihood(likelihood, x, mask);
    });
    expectClose(values(masked), golden.perExample.maskedReconstruction);
  });

  test('a mask of one number per example is not taken for one per pixel, and is not guessed on a square x', () => {
    tf.tidy(() => {
      const likelihood = new Bernoulli({
        logits: tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
      });
      const x = tf.ones([2, 2]);
      const each = values(negativeLogLikelihood(likelihood, x));
      const mask = tf.tensor1d([1, 0]);
      expectClose(values(negativeLogLikelihood(likelihood, x, tf.expandDims(mask, 1))), [each[0]!, 0]);
      expect(() => negativeLogLikelihood(likelihood, x, mask)).toThrow('mask must be [2,2] as x is');
      const draws = tf.ones([2, 2, 2]);
      expect(() => negativeLogLikelihood(likelihood, draws, mask)).toThrow('mask must be [2,2,2] as x is');
      const sampled = negativeLogLikelihood(likelihood, draws, tf.expandDims(mask, 1));
      expectClose(values(sampled), [each[0]!, 0, each[0]!, 0]);
    });
  });

  test('what is impossible under a mask counts nothing', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([[Infinity, 0]]);
      const nll = (l: tf.Tensor) =>
        negativeLogLikelihood(new Bernoulli({ logits: l }), tf.zeros([1, 2]), tf.tensor2d([[0, 1]]));
      expectClose(values(nll(logits)), [Math.LN2]);
      expectClose(values(tf.grad(l => tf.sum(nll(l)))(logits)), [0, 0.5]);
    });
  });

  test('reconstructionLoss: its mean, weighted or masked', () => {
    const loss = (options: object) =>
      values(tf.tidy(() => reconstructionLoss({ ...setup(), mask: undefined, ...options } as never)));
    expectClose(loss({}), [golden.standard.reconstruction]);
    expectClose(loss({ mask: tf.tensor2d(golden.mask) }), [golden.masked.reconstruction]);
    expectClose(loss({ weights: tf.tensor1d(golden.weights) }), [golden.weighted.reconstruction]);
  });

  test('both leave nothing behind', () => {
    const { x, likelihood, mask } = setup();
    noLeak(() => negativeLogLikelihood(likelihood, x, mask).dispose());
    noLeak(() => reconstructionLoss({ x, likelihood, mask }).dispose());
    tf.dispose([x, mask]);
    likelihood.dispose();
  });
});
