import * as tf from '@tensorflow/tfjs';
import { phi } from '../ops/log1p';
import { stirlingRemainder } from '../ops/stirling';

/**
 * `log p(x)` of a Poisson of this rate, `−m·φ((x − m)/m) − s(x) − ½·log 2πx`, and −m for x = 0, since φ(−1) = 1.
 *
 * Loader 2000, "Fast and accurate computation of binomial probabilities": of `x·log m − m − lgamma(x + 1)` the terms
 * cancel that are as large as x·log x. It has no gradient of its own.
 *
 * @param x Whole numbers of 0 or more, float32.
 * @param rate m, from 1e-30 on, of a shape that broadcasts with x.
 */
export function poissonMass(x: tf.Tensor, rate: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const deviance = tf.mul(rate, phi(tf.div(tf.sub(x, rate), rate)));
    return tf.neg(tf.add(deviance, orderMass(x)));
  });
}

/**
 * `log p(k)` of a binomial of n trials and a share p within (0, 1), likewise: the deviances of both kinds of outcomes, and
 * what is left of the coefficient. It has no gradient of its own.
 */
export function binomialMass(k: tf.Tensor, n: tf.Tensor, p: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const [hits, misses] = [tf.mul(n, p), tf.mul(n, tf.sub(1, p))];
    const rest = tf.sub(n, k);
    const deviance = tf.add(
      tf.mul(hits, phi(tf.div(tf.sub(k, hits), hits))),
      tf.mul(misses, phi(tf.div(tf.sub(rest, misses), misses))),
    );
    const coefficient = tf.sub(tf.sub(orderMass(n), orderMass(k)), orderMass(rest));
    return tf.sub(coefficient, deviance);
  });
}

/** `s(x) + ½·log 2πx`, which is `log x! − x·log x + x`; 0 for x = 0. */
export function orderMass(x: tf.Tensor): tf.Tensor {
  const some = tf.maximum(x, 1);
  return tf.mul(tf.step(x), tf.add(stirlingRemainder(some), tf.mul(0.5, tf.log(tf.mul(2 * Math.PI, some)))));
}
