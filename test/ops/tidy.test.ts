import * as tf from '@tensorflow/tfjs';
import { expect, expectTypeOf, test } from 'vitest';
import { tidy } from '../../src/ops/tidy';
import { describeBackends, noLeak } from '../support/backends';

interface Pair {
  sum: tf.Tensor;
  parts: { readonly difference: tf.Tensor; label: string };
}

class Holder {
  constructor(readonly params: { value: tf.Tensor }) {}
}

describeBackends('tidy', () => {
  test('brings out the tensors of interfaces, nested objects and class instances, and disposes of the rest', () => {
    noLeak(() => {
      const before = tf.memory().numTensors;
      const result = tidy((): [Pair, Holder] => {
        const a = tf.scalar(3);
        const b = tf.mul(a, 2);
        const pair = { sum: tf.add(a, b), parts: { difference: tf.sub(b, a), label: 'kept' } };
        return [pair, new Holder({ value: tf.square(b) })];
      });
      expect(tf.memory().numTensors - before).toBe(3);
      const [{ sum, parts }, holder] = result;
      expect([sum, parts.difference, holder.params.value].map(t => t.dataSync()[0])).toEqual([9, 3, 36]);
      tf.dispose([sum, parts.difference, holder.params.value]);
    });
  });

  test('passes on results without tensors', () => {
    expect(tidy(() => tf.scalar(2).dataSync()[0])).toBe(2);
    expect(tidy(() => undefined)).toBeUndefined();
  });
});

test('keeps the type of the result', () => {
  expectTypeOf(tidy<Pair>).returns.toEqualTypeOf<Pair>();
  expectTypeOf(tidy(() => 'text')).toEqualTypeOf<string>();
});
