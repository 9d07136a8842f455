import * as tf from '@tensorflow/tfjs';
import { defineFamily, Elementwise, type SampleOptions } from 'tfjs-vae';

type LaplaceParams = { location: tf.Tensor; scale: tf.Tensor };

class Laplace extends Elementwise<LaplaceParams> {
  readonly kind = 'outsideLaplace';
  readonly reparameterised = true;
  constructor({ location, scale, eventRank }: LaplaceParams & { eventRank: number }) {
    super('Laplace', { location, scale }, eventRank);
  }
  sample({ rng, ...options }: SampleOptions) {
    return tf.tidy(() => {
      const u = tf.sub(rng.uniform(this.drawShape, options), 0.5);
      const size = tf.neg(tf.log1p(tf.mul(-1.9999999, tf.abs(u))));
      return tf.add(this.params.location, tf.mul(this.params.scale, tf.mul(tf.sign(u), size)));
    });
  }
  mean() {
    return tf.clone(this.params.location);
  }
  protected elementLogProb(x: tf.Tensor) {
    const { location, scale } = this.params;
    return tf.neg(tf.add(tf.div(tf.abs(tf.sub(x, location)), scale), tf.log(tf.mul(2, scale))));
  }
  protected withParams(params: LaplaceParams) {
    return new Laplace({ ...params, eventRank: this.eventRank });
  }
}

/** A likelihood from outside, in less than 40 lines. */
export const laplaceFamily = defineFamily('outsideLaplace', ({ floor = 1e-3 }: { floor?: number }) => ({
  parameters: size => ({ location: size, scale: size }),
  distribution: ({ location, scale }, { eventRank }) =>
    new Laplace({ location, scale: tf.add(tf.softplus(scale), floor), eventRank }),
}));
