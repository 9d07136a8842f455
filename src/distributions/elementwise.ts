import * as tf from '@tensorflow/tfjs';
import { stopGradient } from '../ops/stop-gradient';
import {
  type Distribution,
  type LogProbOptions,
  noClosedKl,
  type SampleOptions,
  type SampleWithLogProb,
} from './distribution';
import { checkParameter, checkTensors, checkValue, maskedLogProb, resolveEventRank, sumEvent } from './shapes';

/**
 * The base of distributions of independent elements. It does what they share: checks of shapes, sums over the event,
 * masks, stop-gradients, ownership, and the error where a KL has no closed form.
 *
 * A member adds `kind`, `reparameterised`, `sample`, `mean`, `elementLogProb`, `withParams` and, where they are known,
 * `mode`, `variance` and `entropy`. With a closed KL it adds `closedKl` and `elementKl`.
 *
 * `log p(x) = Σ log p(x_i)` over the event, in nats. The first parameter has the shape of a draw, `[batch, …event]` or
 * `[samples, batch, …event]`, the others the same shape or none.
 *
 * @example
 * ```ts
 * import type { SampleOptions } from 'tfjs-vae';
 *
 * class Exponential extends Elementwise<{ rate: tf.Tensor }> {
 *   readonly kind = 'exponential';
 *   readonly reparameterised = true;
 *   constructor({ rate, eventRank }: { rate: tf.Tensor; eventRank?: number }) {
 *     super('Exponential', { rate }, eventRank);
 *   }
 *   sample({ rng, ...options }: SampleOptions) {
 *     return tf.tidy(() => tf.div(tf.neg(tf.log1p(tf.neg(rng.uniform(this.drawShape, options)))), this.params.rate));
 *   }
 *   mean() {
 *     return tf.reciprocal(this.params.rate);
 *   }
 *   protected elementLogProb(x: tf.Tensor) {
 *     return tf.sub(tf.log(this.params.rate), tf.mul(this.params.rate, x));
 *   }
 *   protected withParams({ rate }: { rate: tf.Tensor }) {
 *     return new Exponential({ rate, eventRank: this.eventRank });
 *   }
 * }
 * const waits = new Exponential({ rate: tf.ones([8, 3]) });
 * const logProb = waits.logProb(tf.ones([8, 3])); // [8], −3 nats each
 * ```
 */
export abstract class Elementwise<P extends Readonly<Record<string, tf.Tensor>>> implements Distribution {
  abstract readonly kind: string;
  abstract readonly reparameterised: boolean;
  /** The parameters as they were given. */
  readonly params: Readonly<P>;
  /** Number of event axes. */
  readonly eventRank: number;
  readonly eventShape: readonly number[];
  /** The shape of one draw, `[batch, …event]` or `[samples, batch, …event]`. */
  protected readonly drawShape: number[];
  /** The kinds to which `elementKl` knows the KL. */
  protected readonly closedKl: readonly string[] = [];
  /** A value with a finite density: it stands in for what a mask hides. Positive numbers need another one than 0. */
  protected readonly placeholder: number = 0;
  /** Not `#name`, nor in members: a user's `Object.create(normal)`, which overrides one method, would break. */
  private readonly name: string;

  /**
   * @param name The name of the class, for errors.
   * @param params The parameters, which stay the caller's; the first has the shape of a draw.
   * @param eventRank Number of event axes; by default all but the first.
   * @param drawShape The shape of a draw, where it is not that of the first parameter; then the member checks shapes.
   * @throws When a parameter is not a tensor, or neither a scalar nor of the shape of the first.
   */
  constructor(name: string, params: P, eventRank?: number, drawShape?: number[]) {
    checkTensors(name, params);
    this.name = name;
    const [leader, ...others] = Object.keys(params);
    const shape = drawShape ?? params[leader!]!.shape;
    this.params = params;
    this.drawShape = shape;
    this.eventRank = resolveEventRank(name, shape.length, eventRank);
    this.eventShape = shape.slice(shape.length - this.eventRank);
    if (drawShape) return;
    for (const other of others) checkParameter(name, other, params[other]!, leader!, shape);
  }

  abstract sample(options: SampleOptions): tf.Tensor;
  abstract mean(): tf.Tensor;
  /** `log p` of each element of `x`, whose shape has been checked. */
  protected abstract elementLogProb(x: tf.Tensor): tf.Tensor;
  /** The same distribution with other parameters. */
  protected abstract withParams(params: P): Elementwise<P>;
  /** `KL(this ‖ p)` of each element, for `p` of a kind in `closedKl`. */
  protected elementKl?(p: Distribution): tf.Tensor;

  sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    const value = this.sample(options);
    return { value, logProb: this.logProb(value) };
  }

  logProb(x: tf.Tensor, options: LogProbOptions = {}): tf.Tensor {
    const { mask } = options;
    // Where the mask is 0, so is the value.
    const filled = (value: tf.Tensor) =>
      mask && this.placeholder ? tf.add(value, tf.mul(this.placeholder, tf.lessEqual(mask, 0))) : value;
    return maskedLogProb(x, options, this.eventRank, value => this.logProbElements(filled(value)));
  }

  logProbElements(x: tf.Tensor): tf.Tensor {
    checkValue(`${this.name}.logProb: x`, x, this.drawShape, this.eventRank);
    return tf.tidy(() => this.elementLogProb(x));
  }

  hasKl(p: Distribution): boolean {
    return this.closedKl.includes(p.kind);
  }

  kl(p: Distribution): tf.Tensor {
    return tf.tidy(() => sumEvent(this.klElements(p), this.eventRank));
  }

  klElements(p: Distribution): tf.Tensor {
    if (!this.hasKl(p)) throw noClosedKl(this, p);
    return tf.tidy(() => this.elementKl!(p));
  }

  detach(): this {
    const stopped = Object.entries(this.params).map(([name, t]) => [name, stopGradient(t)]);
    return this.withParams(Object.fromEntries(stopped) as P) as this;
  }

  dispose(): void {
    for (const parameter of Object.values(this.params)) parameter.dispose();
  }
}
