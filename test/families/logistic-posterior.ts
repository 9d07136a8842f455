import * as tf from '@tensorflow/tfjs';
import { defineFamily, Elementwise, type SampleOptions } from 'tfjs-vae';

type LogisticParams = { location: tf.Tensor; scale: tf.Tensor };

class Logistic extends Elementwise<LogisticParams> {
  readonly kind = 'outsideLogistic';
  readonly reparameterised = true;
  constructor(params: LogisticParams) {
    super('Logistic', params, 1);
  }
  sample({ rng, ...options }: SampleOptions) {
    return tf.tidy(() => {
      const u = tf.add(tf.mul(rng.uniform(this.drawShape, options), 1 - 2 ** -23), 2 ** -24);
      return tf.add(this.params.location, tf.mul(this.params.scale, tf.log(tf.div(u, tf.sub(1, u)))));
    });
  }
  mean() {
    return tf.clone(this.params.location);
  }
  protected elementLogProb(z: tf.Tensor) {
    const { location, scale } = this.params;
    const distance = tf.div(tf.sub(z, location), scale);
    return tf.neg(tf.add(tf.add(distance, tf.mul(2, tf.softplus(tf.neg(distance)))), tf.log(scale)));
  }
  protected withParams(params: LogisticParams) {
    return new Logistic(params);
  }
}

/** A posterior from outside: the width of each dimension is learned for all examples, and grows to its full size. */
export const logisticFamily = defineFamily('outsideLogistic', ({ steps }: { steps: number }) => ({
  parameters: size => ({ location: size }),
  createVariables: event => ({ logScale: tf.variable(tf.zeros(event as number[])) }),
  distribution({ location }, { variables, step = Infinity }) {
    const scale = tf.mul(tf.exp(variables['logScale']!), Math.min(1, (step + 1) / steps));
    return new Logistic({ location, scale: tf.add(tf.zerosLike(location), scale) });
  },
}));
