import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import type { Rng } from '../../src/random/rng';
import { noLeak, values } from '../support/backends';
import { Laplace } from './own/laplace';

const laplace = (shape: number[], eventRank?: number) =>
  new Laplace({ location: tf.zeros(shape), scale: tf.scalar(1), ...(eventRank !== undefined && { eventRank }) });

beforeAll(() => tf.setBackend('cpu'));

describe('a member of Elementwise', () => {
  test('has its event behind the batch, or as many axes as it is told', () => {
    noLeak(() =>
      tf.tidy(() => {
        expect(laplace([4, 2, 3]).eventShape).toEqual([2, 3]);
        expect(laplace([4, 2, 3], 1).eventShape).toEqual([3]);
        expect(laplace([4], 0).eventShape).toEqual([]);
        expect(laplace([4, 2, 3], 1).logProb(tf.zeros([4, 2, 3])).shape).toEqual([4, 2]);
        expect(values(laplace([1, 3]).logProb(tf.zeros([1, 3])))[0]).toBeCloseTo(-3 * Math.LN2, 6);
      }),
    );
  });

  test('keeps its class, its event and its other methods when it is detached', () => {
    tf.tidy(() => {
      const detached = laplace([4, 2, 3], 1).detach();
      expectTypeOf(detached).toEqualTypeOf<Laplace>();
      expect(detached).toBeInstanceOf(Laplace);
      expect(detached.eventShape).toEqual([3]);
    });
  });

  test('draws finite numbers from the least and the greatest uniform number', () => {
    const rng = (u: number) => ({ uniform: (shape: number[]) => tf.fill(shape, u) }) as unknown as Rng;
    for (const u of [0, 0.5, 1 - 2 ** -24]) {
      const [draw] = values(tf.tidy(() => laplace([1, 1]).sample({ rng: rng(u) })));
      expect(Math.abs(draw!)).toBeLessThan(18);
    }
  });

  test('of positive numbers has a placeholder, so that no gradient is lost where a mask hides a value', () => {
    class LogSquare extends Laplace {
      protected override readonly placeholder = 1;
      protected override elementLogProb(x: tf.Tensor) {
        return tf.neg(tf.square(tf.log(tf.div(x, this.params.scale))));
      }
    }
    tf.tidy(() => {
      const [location, mask] = [tf.zeros([2, 3]), tf.tensor2d([1, 0, 1, 1, 1, 0], [2, 3])];
      const x = tf.tensor2d([1, Number.NaN, 2, 3, 4, -1], [2, 3]);
      const logProb = (scale: tf.Tensor) => tf.sum(new LogSquare({ location, scale }).logProb(x, { mask }));
      const squares = [1, 2, 3, 4].map(one => Math.log(one / 2) ** 2);
      expect(values(logProb(tf.scalar(2)))[0]).toBeCloseTo(-squares.reduce((a, b) => a + b), 5);
      const slope = [1, 2, 3, 4].map(one => Math.log(one / 2)).reduce((a, b) => a + b);
      expect(values(tf.grad(logProb)(tf.scalar(2)))[0]).toBeCloseTo(slope, 5);
    });
  });

  test('refuses by its name what does not fit', () => {
    const refused = (make: () => unknown, message: string) => {
      tf.tidy(() => {
        expect(make).toThrow(message);
      });
    };
    const location = () => tf.zeros([2, 3]);
    refused(
      () => new Laplace({ location: location(), scale: tf.ones([3]) }),
      'Laplace: scale must have the shape of location, [2,3], or be a scalar, got [3]',
    );
    refused(
      () => new Laplace({ location: location(), scale: undefined as unknown as tf.Tensor }),
      'Laplace: scale must be a tensor, got undefined',
    );
    refused(() => laplace([2, 3], 3), 'Laplace: eventRank must be an integer from 0 to the rank of the parameters (2)');
    refused(() => laplace([2, 3]).logProb(tf.zeros([2, 4])), 'Laplace.logProb: x must fit [2,3] or [samples,2,3]');
    refused(() => laplace([2, 3]).logProb(location(), { masks: location() } as never), 'unknown option masks');
  });
});
