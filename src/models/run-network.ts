import * as tf from '@tensorflow/tfjs';
import { describeShape, fits } from '../ops/shape';
import type { Module, NetworkCall } from './network';

/** What `encode` and `decode` take beside their input. */
export type CallOptions = {
  /** Labels or features for a network with two inputs, `[batch, …]`. */
  condition?: tf.Tensor;
  /** Completed optimizer steps, for a temperature that depends on them. */
  step?: number;
} & Partial<NetworkCall>;

/** The options for a part that takes no condition. */
export function withoutCondition<O extends CallOptions>({ condition: _, ...rest }: O): Omit<O, 'condition'> {
  return rest;
}

/**
 * Runs a network on `[batch, …event]` or `[samples, batch, …event]`: the sample axis is folded into the batch on the
 * way in and unfolded on the way out. No other place does this.
 *
 * @throws When the event does not fit the network, or a condition is missing or not wanted.
 */
export function runNetwork(
  owner: string,
  argument: string,
  module: Module,
  input: tf.Tensor,
  call: CallOptions,
): tf.Tensor[] {
  if (!(input instanceof tf.Tensor)) {
    throw new Error(
      `${owner}: ${argument} must be a tensor; toTensor makes one of { values, shape }, and embedAll and reconstructAll take those as they are`,
    );
  }
  const [inputShape, conditionShape] = module.inputShapes;
  const eventRank = inputShape!.length;
  const hasSamples = input.rank === eventRank + 2;
  const event = input.shape.slice(input.rank - eventRank);
  if ((!hasSamples && input.rank !== eventRank + 1) || !fits(event, inputShape!)) {
    throw new Error(`${owner}: ${argument} must be ${describeShape(inputShape!)}, got [${input.shape}]`);
  }
  const { condition, training = false, rng } = call;
  const networkCall: NetworkCall = rng ? { training, rng } : { training };
  checkCondition(owner, condition, conditionShape, input.shape[hasSamples ? 1 : 0]!);
  if (!hasSamples) return module.run(condition ? [input, condition] : [input], networkCall);
  return tf.tidy(() => {
    const [samples, batch] = input.shape as [number, number];
    if (rng) networkCall.rng = rng.forSamples(samples);
    const inputs: tf.Tensor[] = [tf.reshape(input, [samples * batch, ...event])];
    if (condition)
      inputs.push(
        tf.tile(
          condition,
          condition.shape.map((_, axis) => (axis === 0 ? samples : 1)),
        ),
      );
    return module
      .run(inputs, networkCall)
      .map(output => tf.reshape(output, [samples, batch, ...output.shape.slice(1)]));
  });
}

function checkCondition(
  owner: string,
  condition: tf.Tensor | undefined,
  shape: readonly (number | null)[] | undefined,
  batch: number,
): void {
  if (!shape && condition) {
    throw new Error(`${owner}: got a condition, but the network has one input; give it a second one for the condition`);
  }
  if (!shape) return;
  if (!condition) {
    throw new Error(`${owner}: the network has a second input, so a condition ${describeShape(shape)} is needed`);
  }
  if (condition.shape[0] !== batch || !fits(condition.shape.slice(1), shape)) {
    throw new Error(
      `${owner}: condition must be ${describeShape(shape)} for a batch of ${batch}, got [${condition.shape}]`,
    );
  }
}

/** The keys of `CallOptions`, and those of `DecodeOptions`. */
export const CALL_KEYS = ['condition', 'training', 'rng', 'step'] as const;
export const DECODE_KEYS = [...CALL_KEYS, 'target', 'mask', 'weights', 'exposure', 'calibration'] as const;
