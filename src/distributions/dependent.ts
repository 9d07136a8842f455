import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { stopGradient } from '../ops/stop-gradient';
import {
  type Distribution,
  type LogProbOptions,
  noClosedKl,
  type SampleOptions,
  type SampleWithLogProb,
} from './distribution';
import { checkTensors, checkValue, resolveEventRank } from './shapes';

/**
 * The base of distributions whose elements depend on each other: one log-probability for the whole event, so neither
 * masks nor KLs of single elements. The first parameter has the shape of a draw.
 */
export abstract class Dependent<P extends Readonly<Record<string, tf.Tensor>>> implements Distribution {
  abstract readonly kind: string;
  abstract readonly reparameterised: boolean;
  /** The parameters as they were given. */
  readonly params: Readonly<P>;
  readonly eventShape: readonly number[];
  /** Number of event axes. */
  readonly eventRank: number;
  /** The shape of one draw, `[batch, …event]` or `[samples, batch, …event]`. */
  protected readonly drawShape: number[];
  /** The kinds to which `eventKl` knows the KL. */
  protected readonly closedKl: readonly string[] = [];
  private readonly name: string;

  /**
   * @param name The name of the class, for errors.
   * @param params The parameters, which stay the caller's; the first has the shape of a draw.
   * @throws When a parameter is not a tensor.
   */
  constructor(name: string, params: P, eventRank?: number) {
    checkTensors(name, params);
    const { shape } = Object.values(params)[0]!;
    this.name = name;
    this.params = params;
    this.drawShape = shape;
    this.eventRank = resolveEventRank(name, shape.length, eventRank);
    this.eventShape = shape.slice(shape.length - this.eventRank);
  }

  abstract sample(options: SampleOptions): tf.Tensor;
  abstract mean(): tf.Tensor;
  /** `log p(x)` of each example of an `x` whose shape has been checked. */
  protected abstract eventLogProb(x: tf.Tensor): tf.Tensor;
  /** The same distribution with other parameters. */
  protected abstract withParams(params: P): Dependent<P>;
  /** `KL(this ‖ p)` of each example, for `p` of a kind in `closedKl`. */
  protected eventKl?(p: Distribution): tf.Tensor;

  sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    const value = this.sample(options);
    return { value, logProb: this.logProb(value) };
  }

  /** @throws When x does not fit, or a mask is given: what is left of the event has no density in closed form. */
  logProb(x: tf.Tensor, options: LogProbOptions = {}): tf.Tensor {
    checkKeys('logProb', options, ['mask']);
    if (options.mask) throw new Error(`${this.name}.logProb: a mask needs independent elements`);
    checkValue(`${this.name}.logProb: x`, x, this.drawShape, this.eventRank);
    return tf.tidy(() => this.eventLogProb(x));
  }

  hasKl(p: Distribution): boolean {
    return this.closedKl.includes(p.kind);
  }

  kl(p: Distribution): tf.Tensor {
    if (!this.hasKl(p)) throw noClosedKl(this, p);
    return tf.tidy(() => this.eventKl!(p));
  }

  detach(): this {
    const stopped = Object.entries(this.params).map(([name, t]) => [name, stopGradient(t)]);
    return this.withParams(Object.fromEntries(stopped) as P) as this;
  }

  dispose(): void {
    for (const parameter of Object.values(this.params)) parameter.dispose();
  }
}
