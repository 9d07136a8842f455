import type { ArrayField } from '../data/array-field';
import type { Batch } from '../data/batch';
import type { Fields } from '../data/row-reader';
import { describeShape, fits } from '../ops/shape';
import type { VaeModel } from './model';

import { checkedFields, rangeOf } from './value-ranges';

/**
 * Checks what can be known about a whole data set before the first step.
 *
 * @param transformed Whether transforms may bring x into range; what comes out of them is checked batch by batch.
 * @throws When shapes do not fit the model, a condition is missing, or values are NaN or have no likelihood.
 */
export async function checkRows(owner: string, fields: Fields, model: VaeModel, transformed: boolean): Promise<void> {
  checkShapes(owner, shapesOf(fields), model);
  const { weights } = fields;
  if (
    checkedFields.every(name => !fields[name] || lies(fields[name], rangeOf(name, fields, model, transformed))) &&
    !weights?.values.every(w => w === 0)
  )
    return;
  // A mask may hide what lies outside. What it does not hide is named by a module that is loaded only now.
  const { refusedRows } = await import('./refused-values');
  const error = refusedRows(owner, fields, model, transformed);
  if (error) throw error;
}

/** Checks shapes alone, for batches of a stream. */
export function checkBatch(owner: string, batch: Batch, model: VaeModel): void {
  checkShapes(owner, shapesOf(batch), model);
}

type Shapes = { [K in keyof Batch]?: readonly number[] };

function shapesOf(fields: { [K in keyof Batch]?: { shape: readonly number[] } }): Shapes {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.shape]));
}

/** Checks the shapes that a reader announces. */
export function checkShapes(owner: string, shapes: Shapes, { inputShape, outputShape, conditional }: VaeModel): void {
  const { x, target, condition, mask, weights } = shapes;
  if (inputShape && x && !fits(x.slice(1), inputShape)) {
    throw new Error(`${owner}: x must be ${describeShape(inputShape)} for this model, got [${x}]`);
  }
  if (outputShape && target && !fits(target.slice(1), outputShape)) {
    throw new Error(`${owner}: target must be ${describeShape(outputShape)} for this model, got [${target}]`);
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

/** Whether all values lie in a range; NaN does not lie in any. */
function lies({ values, scale = 1 }: ArrayField, [low, high]: readonly [number, number]): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]! * scale;
    if (!(value >= low && value <= high)) return false;
  }
  return true;
}
