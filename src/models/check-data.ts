import type { ArrayField } from '../data/array-field';
import type { Batch } from '../data/batch';
import type { Fields } from '../data/row-reader';
import type { VaeModel } from './model';
import { describe, fits } from './run-network';

/** Data in the range of the likelihood, where that could not be seen before they were on the device. */
export function checkRange(owner: string, batch: number, range: { low: number; high: number } | undefined): void {
  if (range && !(range.low >= 0 && range.high <= 1)) {
    throw new Error(
      `${owner}: batch ${batch} holds values from ${range.low} to ${range.high}, but a Bernoulli likelihood needs values in [0, 1]; for bytes give scale: 1 / 255`,
    );
  }
}

/**
 * What can be known of a whole data set before the first step.
 *
 * @throws When shapes do not fit the model, a condition is missing, or values are NaN or have no likelihood.
 */
export function checkFields(owner: string, fields: Fields, model: VaeModel, transformed: boolean): void {
  checkShapes(owner, shapesOf(fields), model);
  const { mask } = fields;
  for (const name of ['x', 'target', 'condition', 'mask', 'weights'] as const) {
    const field = fields[name];
    if (!field) continue;
    // A transform may bring x into range; what comes out of it is checked batch by batch.
    const isData = name === 'x' || name === 'target';
    const bounded =
      isData && name === (fields.target ? 'target' : 'x') && model.support === 'unitInterval' && !transformed;
    checkValues(`${owner}: ${name}`, field, bounded, isData ? mask : undefined);
  }
  const inRange = (m: number) => m * (mask?.scale ?? 1) >= 0 && m * (mask?.scale ?? 1) <= 1;
  if (mask && !mask.values.every(inRange))
    throw new Error(`${owner}: mask must be 1 for an observed element and 0 for a missing one`);
  if (fields.weights?.values.some(w => w < 0)) throw new Error(`${owner}: weights must be 0 or more`);
  if (fields.weights?.values.every(w => w === 0)) throw new Error(`${owner}: weights are all 0; no example counts`);
}

/** Shapes alone, for batches of a stream. */
export function checkBatch(owner: string, batch: Batch, model: VaeModel): void {
  checkShapes(owner, shapesOf(batch), model);
}

type Shapes = { [K in keyof Batch]?: readonly number[] };

function shapesOf(fields: { [K in keyof Batch]?: { shape: readonly number[] } }): Shapes {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.shape]));
}

/** Shapes of a reader, which announces them. */
export function checkShapes(owner: string, shapes: Shapes, { inputShape, outputShape, conditional }: VaeModel): void {
  const { x, target, condition, mask, weights } = shapes;
  if (inputShape && x && !fits(x.slice(1), inputShape)) {
    throw new Error(`${owner}: x must be ${describe(inputShape)} for this model, got [${x}]`);
  }
  if (outputShape && target && !fits(target.slice(1), outputShape)) {
    throw new Error(`${owner}: target must be ${describe(outputShape)} for this model, got [${target}]`);
  }
  if (conditional === true && !condition) {
    throw new Error(`${owner}: the model is conditional, so the data need a condition: pass { x, condition }`);
  }
  if (conditional === false && condition) {
    throw new Error(`${owner}: got a condition, but no network of the model has an input for it`);
  }
  if (x && mask && !(mask.length === x.length && mask.every((size, i) => size === 1 || size === x[i]))) {
    throw new Error(`${owner}: mask must be [${x}] as x is, or 1 along an axis, got [${mask}]`);
  }
  if (weights && weights.length !== 1) {
    throw new Error(`${owner}: weights must be one number per example, got the shape [${weights}]`);
  }
}

function checkValues(
  owner: string,
  { values, shape, scale = 1 }: ArrayField,
  bounded: boolean,
  mask?: ArrayField,
): void {
  const isMissing = mask?.values.length === values.length ? (i: number) => mask.values[i] === 0 : undefined;
  // A mask that is broadcast may cover anything; with a mask, the range is seen batch by batch too.
  if (mask && !isMissing) return;
  const size = values.length / shape[0]!;
  const isFloat = values instanceof Float32Array;
  if (!isFloat && !bounded) return;
  // NaN is in no range.
  const [low, high] = bounded ? [0, 1] : [-Number.MAX_VALUE, Number.MAX_VALUE];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]! * scale;
    if ((value >= low && value <= high) || isMissing?.(i)) continue;
    const where = `at example ${Math.floor(i / size)}`;
    if (!Number.isFinite(value)) {
      throw new Error(`${owner} holds ${value} ${where}; replace it, or give a mask of 0 for it`);
    }
    throw new Error(
      `${owner} holds ${value} ${where}, but a Bernoulli likelihood needs values in [0, 1]; for bytes give scale: 1 / 255, for other data take a GaussianDecoder`,
    );
  }
}
