import * as tf from '@tensorflow/tfjs';
import {
  type Distribution,
  type LogProbOptions,
  noClosedKl,
  type SampleOptions,
  type SampleWithLogProb,
} from '../distributions/distribution';
import { checkKeys } from '../ops/check-keys';
import { stopGradient } from '../ops/stop-gradient';
import { tidy } from '../ops/tidy';
import type { Flow, FlowContext, FlowResult } from './flow';
import { through } from './through';

/** A flow with what it is computed from. */
export type BoundFlow = FlowContext & {
  /** The map. */
  readonly flow: Flow;
};

/** What `FlowDistribution` takes. */
export type FlowDistributionOptions = {
  /** Where z comes from, with events `[size]`. */
  base: Distribution;
  /** The maps, in the order that z goes through them. */
  flow: readonly BoundFlow[];
};

/**
 * The distribution of what flows make of a base: `z = f_K(… f₁(z₀))`,
 * `log q(z) = log q₀(z₀) − Σ_k log |det ∂f_k/∂z_{k−1}|`.
 *
 * Rezende & Mohamed 2015 (arXiv 1505.05770, equation 13). `sampleWithLogProb` has the log-density of its draws from the
 * same noise, and inverts nothing. `logProb` of other values is known where every flow has an inverse (`hasDensity`).
 * Nats; values `[batch, size]` or `[samples, batch, size]`. `params` holds those of the base, and under `flow/0/…` the
 * features and the weights of each flow.
 *
 * `mean` is the image of the base's mean, a point in the middle for embedding and reconstruction: E[z] has no formula.
 *
 * @example
 * ```ts
 * const flow = couplingFlow({ steps: 2, seed: 7 });
 * const weights = flow.createVariables!(2);
 * const bent = new FlowDistribution({ base: new StandardNormal({ shape: [2] }), flow: [{ flow, weights }] });
 * const { value, logProb } = bent.sampleWithLogProb({ rng: new Rng(7), samples: 64 }); // [64, 1, 2] and [64, 1]
 * ```
 */
export class FlowDistribution implements Distribution {
  readonly kind = 'flowDistribution';
  readonly params: Readonly<Record<string, tf.Tensor>>;
  readonly eventShape: readonly number[];
  readonly reparameterised: boolean;
  readonly hasDensity: boolean;
  /** What z₀ is drawn from. */
  readonly base: Distribution;
  /** The flows with their weights and features. */
  readonly flow: readonly BoundFlow[];

  /**
   * @param options The base and the flows; the tensors stay the caller's.
   * @throws When an event of the base is not a vector, or a flow does not have the features that it takes.
   */
  constructor(options: FlowDistributionOptions) {
    checkKeys('FlowDistribution', options, ['base', 'flow'], {}, ['base', 'flow']);
    const { base, flow } = options;
    const { eventShape, reparameterised, hasDensity = true } = base;
    if (eventShape.length !== 1) {
      throw new Error(`FlowDistribution: the base must be of vectors, with an event [size], got [${eventShape}]`);
    }
    for (const { flow: one, features } of flow) checkFeatures(one, eventShape[0]!, features);
    this.base = base;
    this.flow = flow;
    this.eventShape = eventShape;
    this.reparameterised = reparameterised;
    this.hasDensity = hasDensity && flow.every(({ flow: { inverse } }) => inverse);
    this.params = { ...base.params, ...Object.fromEntries(flow.flatMap(tensorsOf)) };
  }

  sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => this.#push(this.base.sample(options)).z);
  }

  sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    return tf.tidy(() => {
      const { value: start, logProb } = this.base.sampleWithLogProb(options);
      const { z, logDet } = this.#push(start);
      return { value: z, logProb: tf.sub(logProb, logDet) };
    });
  }

  logProb(x: tf.Tensor, options: LogProbOptions = {}): tf.Tensor {
    checkKeys('FlowDistribution.logProb', options, ['mask']);
    if (options.mask) throw new Error('FlowDistribution.logProb: a mask needs independent elements');
    if (x.shape.at(-1) !== this.eventShape[0]) {
      throw new Error(`FlowDistribution.logProb: x must end in [${this.eventShape}], got [${x.shape}]`);
    }
    return tf.tidy(() => {
      const start = through(x, [...this.flow].reverse(), (z, { flow, ...context }) => {
        if (flow.inverse) return flow.inverse(z, context);
        throw new Error(
          `FlowDistribution.logProb: ${flow.kind} has no inverse; take sampleWithLogProb for the density of a draw, or couplingFlow`,
        );
      });
      return tf.sub(this.base.logProb(start.z), start.logDet);
    });
  }

  hasKl(_: Distribution): boolean {
    return false;
  }

  kl(p: Distribution): tf.Tensor {
    throw noClosedKl(this, p);
  }

  mean(): tf.Tensor {
    return tf.tidy(() => this.#push(this.base.mean()).z);
  }

  /** Weights and features of the flows are behind stop-gradients as well. */
  detach(): FlowDistribution {
    const stopped = this.flow.map(({ flow, weights, features }) => ({
      flow,
      weights: Object.fromEntries(Object.entries(weights).map(([path, t]) => [path, stopGradient(t)])),
      ...(features && { features: stopGradient(features) }),
    }));
    return tidy(() => new FlowDistribution({ base: this.base.detach(), flow: stopped }));
  }

  dispose(): void {
    for (const t of Object.values(this.params)) t.dispose();
  }

  #push(start: tf.Tensor): FlowResult {
    return through(start, this.flow, (z, { flow, ...context }) => flow.forward(z, context));
  }
}

/** The tensors of the i-th flow, by path. */
function tensorsOf({ weights, features }: BoundFlow, i: number): [string, tf.Tensor][] {
  const own: Record<string, tf.Tensor> = { ...(features && { features }), ...weights };
  return Object.entries(own).map(([path, t]) => [`flow/${i}/${path}`, t]);
}

function checkFeatures(flow: Flow, size: number, features: tf.Tensor | undefined): void {
  const [wanted, got] = [flow.features(size), features?.shape.at(-1) ?? 0];
  if (wanted === got) return;
  throw new Error(`FlowDistribution: ${flow.kind} takes ${wanted} features of each example, got ${got}`);
}
