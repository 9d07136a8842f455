import type * as tf from '@tensorflow/tfjs';
import type { PartClass, PartConfig, SaveablePart } from '../variables/saveable-part';
import type { Variables } from '../variables/variables';

/** What a flow is computed from, beside z. All of it is tensors, so that a distribution can stop their gradients. */
export type FlowContext = {
  /** The values of what `createVariables` made, by path. */
  readonly weights: Readonly<Record<string, tf.Tensor>>;
  /** What the encoder gives for each example, `[batch, features(size)]`; absent where that size is 0. */
  readonly features?: tf.Tensor;
};

/** Where z went, and how volumes changed on the way. */
export type FlowResult = {
  /** `[batch, size]` or `[samples, batch, size]`. */
  z: tf.Tensor;
  /** `log |det ∂forward(z)/∂z|`, of the forward map in both directions, `[batch]` or `[samples, batch]`. */
  logDet: tf.Tensor;
};

/**
 * An invertible map of latent vectors whose change of volume is known: what turns a simple distribution into a flexible
 * one. Rezende & Mohamed 2015 (arXiv 1505.05770, equation 5).
 *
 * A flow has no state. Whoever is built on it makes and owns its variables, and gives their values to every call.
 */
export interface Flow extends SaveablePart {
  /** Its name in model files. */
  readonly kind: string;
  /** How many numbers of the encoder it takes for each example, for vectors of this size. */
  features(size: number): number;
  /** Its weights, by path. None if absent. */
  createVariables?(size: number): Variables;
  /** From the base to the flexible distribution. To be called in a `tidy`, as `inverse` is. */
  forward(z: tf.Tensor, context: FlowContext): FlowResult;
  /** The way back, where it is exact; `logDet` is that of `forward` at the result. */
  inverse?(z: tf.Tensor, context: FlowContext): FlowResult;
}

/** Makes flows from options, and stands for them in `loadVae(source, { parts })`. */
export interface FlowFactory<O extends object> extends PartClass {
  /** The flow with these options. */
  (...args: Record<string, never> extends O ? [options?: O] : [options: O]): Flow;
}

/**
 * Defines a flow: a function of its options that a model file can hold.
 *
 * @param kind Its name in model files, unique among all parts.
 * @param declare From the options to what the flow is. The options are what a model file holds, so they are plain data.
 * @example
 * ```ts
 * const scaleFlow = defineFlow('scaleFlow', ({ factor }: { factor: number }) => ({
 *   features: () => 0,
 *   forward: z => ({ z: tf.mul(z, factor), logDet: tf.fill(z.shape.slice(0, -1), z.shape.at(-1)! * Math.log(factor)) }),
 * }));
 * const posterior = flowFamily({ base: normalFamily(), flow: [scaleFlow({ factor: 2 })] });
 * ```
 *
 * @__NO_SIDE_EFFECTS__
 */
export function defineFlow<O extends object>(
  kind: string,
  declare: (options: O, owner: string) => Omit<Flow, 'kind' | 'config'>,
): FlowFactory<O> {
  const make = (options = {} as O): Flow => ({ ...declare(options, kind), config: () => options as PartConfig, kind });
  return Object.assign(make, { kind, fromConfig: (config: PartConfig) => make(config as O) }) as FlowFactory<O>;
}
