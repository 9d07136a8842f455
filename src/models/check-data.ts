import type { ArrayField } from '../data/array-field';
import type { Batch } from '../data/batch';
import type { Fields } from '../data/row-reader';
import { isAllowed, type ValueRule } from '../data/support';
import type { BatchTransform } from '../data/transforms';
import { defined } from '../ops/defined';
import { describeShape, fits } from '../ops/shape';
import { checkedFields, fieldRules, isSimplex } from './field-rules';
import type { VaeModel } from './model';

/** What data have to fit. */
export type CheckedModel = Pick<VaeModel, 'inputShape' | 'outputShape' | 'conditional' | 'support' | 'missing'>;

/** What data have to fit before these transforms: one that makes the encoder's input begins at what is explained. */
export function givenTo(model: CheckedModel, transforms: readonly BatchTransform[]): CheckedModel {
  if (!transforms.some(({ reshapes }) => reshapes)) return model;
  const { outputShape, conditional, support, missing } = model;
  return defined({ inputShape: outputShape, outputShape, conditional, support, missing });
}

/**
 * Checks what can be known about a whole data set before the first step.
 *
 * @param transformed Whether transforms may bring x into range; what comes out of them is checked batch by batch.
 * @throws When shapes do not fit the model, a condition is missing, or values are NaN or have no likelihood.
 */
export async function checkRows(
  owner: string,
  fields: Fields,
  model: CheckedModel,
  transformed: boolean,
): Promise<void> {
  checkShapes(owner, shapesOf(fields), model);
  const { weights } = fields;
  if (
    checkedFields.every(
      name =>
        !fields[name] ||
        (!isSimplex(name, fields, model) && areAllowed(fields[name], fieldRules(name, fields, model, transformed))),
    ) &&
    !weights?.values.every(w => w === 0)
  )
    return;
  // A mask may hide what is refused. What it does not hide is named by a module that is loaded only now.
  const { refusedRows } = await import('./refused-values');
  const error = refusedRows(owner, fields, model, transformed);
  if (error) throw error;
}

/** Checks shapes alone, for batches of a stream. */
export function checkBatch(owner: string, batch: Batch, model: CheckedModel): void {
  checkShapes(owner, shapesOf(batch), model);
}

type Shapes = { [K in keyof Batch]?: readonly number[] };

function shapesOf(fields: { [K in keyof Batch]?: { shape: readonly number[] } }): Shapes {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.shape]));
}

/** Checks the shapes that a reader announces. */
export function checkShapes(owner: string, shapes: Shapes, model: CheckedModel): void {
  const { inputShape, outputShape, conditional, support } = model;
  const { x, target, condition, mask, weights, exposure } = shapes;
  if (inputShape && x && !fits(x.slice(1), inputShape)) {
    throw new Error(`${owner}: x must be ${describeShape(inputShape)} for this model, got [${x}]`);
  }
  if (outputShape && target && !fits(target.slice(1), outputShape)) {
    throw new Error(`${owner}: target must be ${describeShape(outputShape)} for this model, got [${target}]`);
  }
  const explained = target ?? x;
  if (Array.isArray(support) && explained && explained.at(-1) !== support.length) {
    throw new Error(
      `${owner}: the likelihood has ${support.length} columns, but the last axis of ${target ? 'target' : 'x'} has ${explained.at(-1)}`,
    );
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
  for (const [name, shape] of Object.entries({ weights, exposure })) {
    if (shape && (shape.length !== 1 || (x && shape[0] !== x[0]))) {
      throw new Error(`${owner}: ${name} must be one number per example, got the shape [${shape}]`);
    }
  }
}

/** Whether all values are what their rules ask for. */
function areAllowed({ values, scale = 1 }: ArrayField, rules: readonly ValueRule[]): boolean {
  for (let i = 0; i < values.length; i++) {
    if (!isAllowed(values[i]! * scale, rules[i % rules.length]!)) return false;
  }
  return true;
}
