import * as tf from '@tensorflow/tfjs';
import { type Distribution, Elementwise, type SampleOptions } from 'tfjs-vae';

type LaplaceParams = { location: tf.Tensor; scale: tf.Tensor };

/** `log p(x) = −Σ [|x − location| / scale + log(2·scale)]`: a distribution that a user writes over `Elementwise`. */
export class Laplace extends Elementwise<LaplaceParams> {
  readonly kind = 'ownLaplace';
  readonly reparameterised = true;
  protected override readonly closedKl = ['ownLaplace'];

  constructor({ location, scale, eventRank }: LaplaceParams & { eventRank?: number }) {
    super('Laplace', { location, scale }, eventRank);
  }

  /** By the quantile function from a uniform number in (−½, ½), which is exact: half a grain away from both ends. */
  sample({ rng, ...options }: SampleOptions): tf.Tensor {
    return tf.tidy(() => {
      const u = tf.sub(rng.uniform(this.drawShape, options), 0.5 - 2 ** -25);
      const size = tf.neg(tf.log1p(tf.mul(-2, tf.abs(u))));
      return tf.add(this.params.location, tf.mul(this.params.scale, tf.mul(tf.sign(u), size)));
    });
  }

  mean(): tf.Tensor {
    return tf.clone(this.params.location);
  }

  mode(): tf.Tensor {
    return this.mean();
  }

  variance(): tf.Tensor {
    return tf.tidy(() => tf.mul(2, tf.square(this.params.scale)));
  }

  entropy(): tf.Tensor {
    const each = () => tf.add(tf.log(this.params.scale), 1 + Math.LN2);
    return tf.tidy(() => tf.sum(each(), [...this.drawShape.keys()].slice(-this.eventRank)));
  }

  protected elementLogProb(x: tf.Tensor): tf.Tensor {
    const { location, scale } = this.params;
    return tf.neg(tf.add(tf.div(tf.abs(tf.sub(x, location)), scale), tf.log(tf.mul(2, scale))));
  }

  /** `log(c/b) + |Δ|/c + b/c·e^(−|Δ|/b) − 1`. Gil, Alajaji & Linder 2013, table 2. */
  protected override elementKl(p: Distribution): tf.Tensor {
    const { location, scale } = this.params;
    const other = (p as Laplace).params;
    const distance = tf.abs(tf.sub(location, other.location));
    const ratio = tf.div(scale, other.scale);
    const near = tf.mul(ratio, tf.exp(tf.neg(tf.div(distance, scale))));
    return tf.sub(tf.add(tf.add(tf.div(distance, other.scale), near), tf.neg(tf.log(ratio))), 1);
  }

  protected withParams(params: LaplaceParams): Laplace {
    return new Laplace({ ...params, eventRank: this.eventRank });
  }
}
