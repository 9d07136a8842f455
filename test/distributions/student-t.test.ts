import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { StudentT } from '../../src/distributions/student-t';
import { lgamma } from '../../src/ops/lgamma';
import { Rng } from '../../src/random/rng';
import golden from '../golden/extremes/student-t.json';
import { describeBackends, values } from '../support/backends';

const { params, x, logProb } = golden.studentT;
/** Where ν is 1e7 and x = 30 is 3 units of σ = 3 away, or less. */
const nearNormal = x.flatMap((v, i) => (params.df[i] === 1e7 && params.scale[i] === 3 && Math.abs(v) <= 30 ? [i] : []));
const at = (list: readonly number[]) => tf.tensor1d(nearNormal.map(i => list[i]!));

describeBackends('StudentT', () => {
  test('at ν = 1e7 the difference of two lgammas is off; ours is a Normal', () => {
    const [given, loc, scale, df] = [x, params.loc, params.scale, params.df].map(at) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const wrong = tf.tidy(() => {
      const [half, next] = [tf.mul(0.5, df), tf.mul(0.5, tf.add(df, 1))];
      const level = tf.sub(tf.sub(lgamma(next), lgamma(half)), tf.log(tf.mul(scale, tf.sqrt(tf.mul(Math.PI, df)))));
      const square = tf.div(tf.square(tf.div(tf.sub(given, loc), scale)), df);
      return tf.sub(level, tf.mul(next, tf.log1p(square)));
    });
    const expected = at(logProb);
    const error = (t: tf.Tensor) => Math.max(...values(tf.tidy(() => tf.abs(tf.sub(t, expected)))));
    const ours = new StudentT({ loc, scale, df, eventRank: 0 }).logProb(given);
    expect(nearNormal.length).toBeGreaterThan(2);
    expect(error(ours)).toBeLessThan(1e-5);
    expect(error(wrong)).toBeGreaterThan(0.1);
    tf.dispose([given, loc, scale, df, ours, wrong, expected]);
  });

  test('moments that do not exist are NaN, infinite ones ∞', () => {
    const df = tf.tensor1d([0.5, 1, 1.5, 2, 4]);
    const [loc, scale] = [tf.fill([5], 3), tf.scalar(2)];
    const d = new StudentT({ df, loc, scale, eventRank: 1 });
    expect(values(d.mean())).toEqual([Number.NaN, Number.NaN, 3, 3, 3]);
    expect(values(d.variance())).toEqual([Number.NaN, Number.NaN, Infinity, Infinity, 8]);
    tf.dispose([df, loc, scale]);
  });

  test('draws are finite for a ν whose true draws are beyond float32, and repeat by example', () => {
    const [loc, scale, df] = [tf.zeros([2, 4000]), tf.scalar(1), tf.scalar(0.02)];
    const d = new StudentT({ loc, scale, df });
    const drawn = values(d.sample({ rng: new Rng(2).forRows([5, 6]) }));
    expect(drawn.every(Number.isFinite)).toBe(true);
    expect(Math.max(...drawn.map(Math.abs))).toBeGreaterThan(1e30);
    const other = new StudentT({ loc: tf.zeros([1, 4000]), scale, df });
    expect(values(other.sample({ rng: new Rng(2).forRows([6]) }))).toEqual(drawn.slice(4000));
    tf.dispose([loc, scale, df, other.params.loc]);
  });
});

test('other names are refused with ours', () => {
  const one = tf.ones([1, 1]);
  expect(() => new StudentT({ df: one, mean: one, scale: one } as never)).toThrow(
    'StudentT: unknown option mean; write loc',
  );
  expect(() => new StudentT({ loc: one, scale: one } as never)).toThrow('StudentT: df is missing');
  one.dispose();
});
