import type * as tf from '@tensorflow/tfjs';
import { drawSeed, type Rng } from '../random/rng';
import type { Kwargs, LayerArgs, Moments, Shape, Shapes } from './layer-types';

/** What every layer of tfjs takes; `customObjects` is what it adds itself when it loads one. */
export const LAYER_KEYS = [
  'name',
  'trainable',
  'dtype',
  'inputShape',
  'batchInputShape',
  'batchSize',
  'weights',
  'inputDType',
  'customObjects',
] as readonly string[] as readonly (keyof LayerArgs)[];

/** The seed that was given, or a fresh one; a saved config may hold `null`. */
export function resolveSeed(owner: string, seed: number | null | undefined): number {
  if (seed == null) return drawSeed();
  if (!Number.isSafeInteger(seed)) throw new Error(`${owner}: seed must be an integer, got ${seed}`);
  return seed;
}

/** tfjs hands one input over bare or as an array of one. */
export function singleInput(owner: string, inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  if (!Array.isArray(inputs)) return inputs;
  if (inputs.length !== 1) throw new Error(`${owner}: expected one input, got ${inputs.length}`);
  return inputs[0]!;
}

export function momentsInput(owner: string, inputs: tf.Tensor | tf.Tensor[]): Moments {
  momentsShape(owner, Array.isArray(inputs) ? inputs.map(t => t.shape) : inputs.shape);
  return inputs as Moments;
}

/** The shape that mean and log-variance have in common. */
export function momentsShape(owner: string, shapes: Shapes): Shape {
  if (!isShapeList(shapes) || shapes.length !== 2) {
    const got = isShapeList(shapes) ? `${shapes.length} inputs` : 'one input';
    throw new Error(`${owner}: expected [mean, logVar], got ${got}; apply the layer to an array of both`);
  }
  const [mean, logVar] = shapes as [Shape, Shape];
  const fits =
    mean.length === logVar.length && mean.every((size, i) => size === logVar[i] || size == null || logVar[i] == null);
  if (!fits) {
    throw new Error(`${owner}: mean and logVar must have one shape, got ${showShape(mean)} and ${showShape(logVar)}`);
  }
  return mean;
}

export function isShapeList(shapes: Shapes): shapes is Shape[] {
  return Array.isArray(shapes[0]);
}

export function showShape(shape: Shape): string {
  return `[${shape.map((size, i) => size ?? (i === 0 ? 'batch' : '?')).join(', ')}]`;
}

/** The noise of the step, where a trainer runs a network of ours. */
export function stepNoise({ rng }: Kwargs): Rng | undefined {
  // Told apart by what it can do: two copies of this package have two classes.
  return typeof (rng as Rng | undefined)?.normal === 'function' ? (rng as Rng) : undefined;
}
