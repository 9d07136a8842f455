import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { values } from '../../support/backends';
import { expectCpuValues, normal, usePreparedWasm, valueAndGradients } from '../support';

describe('clones and casts on wasm', () => {
  usePreparedWasm();

  const copies: [string, (x: tf.Tensor) => tf.Tensor][] = [
    ['clone', x => tf.clone(x)],
    ['cast', x => tf.cast(x, 'float32')],
  ];

  test.each(copies)('%s: either may go first, and nothing is left', (_, copy) => {
    const before = tf.memory();
    for (const first of [0, 1]) {
      const x = tf.tensor1d([1, 2, 3]);
      const pair = [x, copy(x)];
      expect(pair[1]!.shape).toEqual([3]);
      pair[first]!.dispose();
      expect(values(pair[1 - first]!)).toEqual([1, 2, 3]);
      pair[1 - first]!.dispose();
    }
    expect(tf.memory()).toEqual(before);
  });

  test.each(copies)('%s of a variable keeps its values when the variable changes', (_, copy) => {
    const v = tf.variable(tf.tensor1d([1, 2]));
    const x = copy(v);
    const next = tf.tensor1d([5, 6]);
    v.assign(next);
    expect([values(x), values(v)]).toEqual([
      [1, 2],
      [5, 6],
    ]);
    tf.dispose([v, x, next]);
  });

  test('gradients, other casts and strings as on cpu', async () => {
    await expectCpuValues(() =>
      valueAndGradients([normal([3, 4], 'x')], x => tf.mul(tf.clone(x!), tf.cast(x!, 'float32'))),
    );
    await expectCpuValues(() => {
      const whole = tf.cast(tf.mul(normal([7], 'x'), 10), 'int32');
      return [whole, tf.cast(whole, 'int32'), tf.cast(whole, 'float32'), tf.clone(tf.greater(whole, 0))];
    });
    await tf.setBackend('wasm');
    const text = tf.tensor1d(['a', 'b']);
    const copy = tf.clone(text);
    expect(copy.dataSync()).toEqual(['a', 'b']);
    tf.dispose([text, copy]);
  });
});
