import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { withGradient } from '../../src/ops/with-gradient';
import { describeBackends, noLeak, values } from '../support/backends';

/** a·b with deliberately scaled gradients: 10·b by a, and −a by b. */
function marked(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return withGradient(
    [a, b],
    save => {
      save([a, b]);
      return tf.mul(a, b);
    },
    (dy, [x, y]) => [tf.mul(dy, tf.mul(10, y!)), tf.mul(dy, tf.neg(x!))],
  );
}

describeBackends('withGradient', () => {
  test('has the value of the one function and the gradient of the other', () => {
    const [a, b] = [tf.tensor1d([2, 3]), tf.tensor1d([5, 7])];
    expect(values(marked(a, b))).toEqual([10, 21]);
    const gradients = tf.grads((x: tf.Tensor, y: tf.Tensor) => tf.mul(2, marked(x, y)))([a, b]);
    expect(gradients.map(values)).toEqual([
      [100, 140],
      [-4, -6],
    ]);
    tf.dispose([a, b]);
  });

  test('works on inputs made on the way and disposed of after the forward pass', () => {
    const x = tf.tensor1d([2, 3]);
    const f = (t: tf.Tensor) => tf.tidy(() => marked(tf.add(t, 1), tf.mul(t, 2)));
    // 10·(2t)·1 − (t + 1)·2
    expect(values(tf.grad(f)(x))).toEqual([34, 52]);
    x.dispose();
  });

  test('reaches variables, and leaves nothing behind', () => {
    const v = tf.variable(tf.scalar(3));
    noLeak(() => {
      const { value, grads } = tf.variableGrads(() => marked(v, tf.scalar(4)).asScalar());
      expect(values(value)).toEqual([12]);
      expect(Object.values(grads).map(values)).toEqual([[40]]);
    });
    v.dispose();
  });
});
