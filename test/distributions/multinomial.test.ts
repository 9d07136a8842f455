import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { Multinomial } from '../../src/distributions/multinomial';
import { Rng } from '../../src/random/rng';
import { describeBackends, values } from '../support/backends';
import { expectClose } from '../support/expect-close';

const logits = () => tf.tensor2d([0.2, -1, 0.5, 2, 0, 1], [2, 3]);
const counts = () => tf.tensor2d([3, 0, 2, 1, 1, 4], [2, 3]);

describeBackends('Multinomial', () => {
  test('without a total, a row is taken for its own sum, and the mean is the shares', () => {
    tf.tidy(() => {
      const [free, told] = [{}, { total: tf.tensor1d([5, 6]) }].map(o => new Multinomial({ logits: logits(), ...o }));
      expect(values(free!.logProb(counts()))).toEqual(values(told!.logProb(counts())));
      expectClose(values(tf.sum(free!.mean(), -1)), [1, 1]);
      expectClose(values(tf.sum(told!.mean(), -1)), [5, 6]);
      expect(values(tf.sum(free!.sample({ rng: new Rng(1), samples: 20 }), -1))).toEqual(Array(40).fill(1));
      expect(values(tf.sum(told!.sample({ rng: new Rng(1) }), -1))).toEqual([5, 6]);
    });
  });

  test('rows of another sum than the total are impossible', () => {
    tf.tidy(() => {
      const d = new Multinomial({ logits: logits(), total: tf.scalar(5) });
      const [first, second] = values(d.logProb(counts()));
      expect(Number.isFinite(first)).toBe(true);
      expect(second).toBe(-Infinity);
    });
  });

  test('without the coefficient it is Σ x·log softmax, with the same gradient', () => {
    tf.tidy(() => {
      const logProb = (coefficient: boolean) => (l: tf.Tensor) =>
        tf.sum(new Multinomial({ logits: l, coefficient }).logProb(counts()));
      expectClose(values(logProb(false)(logits())), values(tf.sum(tf.mul(counts(), tf.logSoftmax(logits())))));
      // 5!/(3!·2!) and 6!/4!.
      const difference = values(tf.sub(logProb(true)(logits()), logProb(false)(logits())))[0]!;
      expect(difference).toBeCloseTo(Math.log(10) + Math.log(30), 5);
      expectClose(values(tf.grad(logProb(true))(logits())), values(tf.grad(logProb(false))(logits())));
    });
  });

  test('under a mask it is a multinomial of what is seen, whatever the rest holds', () => {
    tf.tidy(() => {
      const mask = tf.tensor2d([1, 0, 1, 0, 1, 1], [2, 3]);
      const x = tf.tensor2d([3, Number.NaN, 2, Number.NaN, 1, 4], [2, 3]);
      const part = new Multinomial({ logits: tf.tensor2d([0.2, 0.5, 0, 1], [2, 2]) });
      const logProb = (l: tf.Tensor) => new Multinomial({ logits: l }).logProb(x, { mask });
      expectClose(values(logProb(logits())), values(part.logProb(tf.tensor2d([3, 2, 1, 4], [2, 2]))));
      const [a, b, c, d, e, f] = values(tf.grad(logProb)(logits()));
      expectClose([b!, d!], [0, 0]);
      for (const sum of [a! + c!, e! + f!]) expect(sum).toBeCloseTo(0, 5);
      expectClose(values(new Multinomial({ logits: logits() }).logProb(x, { mask: tf.zeros([2, 3]) })), [0, 0]);
    });
  });

  test('an impossible category is impossible, and elsewhere changes nothing', () => {
    tf.tidy(() => {
      const d = new Multinomial({ logits: tf.tensor2d([[0, -Infinity, 1]]) });
      expect(values(d.logProb(tf.tensor2d([[1, 1, 0]])))).toEqual([-Infinity]);
      const two = new Multinomial({ logits: tf.tensor2d([[0, 1]]) });
      expectClose(values(d.logProb(tf.tensor2d([[2, 0, 3]]))), values(two.logProb(tf.tensor2d([[2, 3]]))));
      const logProb = (l: tf.Tensor) => new Multinomial({ logits: l }).logProb(tf.tensor2d([[2, 0, 3]]));
      for (const g of values(tf.grad(logProb)(tf.tensor2d([[0, -Infinity, 1]])))) expect(g).not.toBeNaN();
    });
  });
});
