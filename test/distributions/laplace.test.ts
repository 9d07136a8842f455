import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { Laplace } from '../../src/distributions/laplace';
import golden from '../golden/distributions/laplace.json';
import { describeBackends, values } from '../support/backends';
import { toTensors } from './fixture';

describeBackends('the KL of neighbouring Laplaces', () => {
  test('keeps its digits, where the textbook form has lost them', () => {
    const { params, kl } = golden.byElement;
    const [q, p] = [toTensors(params), toTensors(kl.close.params)] as { loc: tf.Tensor; scale: tf.Tensor }[];
    const expected = kl.close.y;
    const off = (t: tf.Tensor) => Math.max(...values(t).map((v, i) => Math.abs(v / expected[i]! - 1)));
    const ours = tf.tidy(() => new Laplace(q!).kl(new Laplace(p!)));
    const textbook = tf.tidy(() => {
      const distance = tf.abs(tf.sub(q!.loc, p!.loc));
      const ratio = tf.div(q!.scale, p!.scale);
      const near = tf.mul(ratio, tf.exp(tf.neg(tf.div(distance, q!.scale))));
      return tf.sum(tf.sub(tf.add(tf.add(tf.div(distance, p!.scale), near), tf.neg(tf.log(ratio))), 1), 1);
    });
    expect(off(textbook)).toBeGreaterThan(0.1);
    expect(off(ours)).toBeLessThan(2e-3);
    tf.dispose([...Object.values(q!), ...Object.values(p!)]);
  });
});
