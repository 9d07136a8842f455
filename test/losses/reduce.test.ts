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
