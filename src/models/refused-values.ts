import type { ArrayField } from '../data/array-field';
import { type Batch, batchFields } from '../data/batch';
import { describeSupport } from '../data/describe-support';
import type { Fields } from '../data/row-reader';
import { isAllowed, SUM_SLACK, type ValueRule } from '../data/support';
import { type CheckedField, checkedFields, fieldRules, isMasked, isSimplex } from './field-rules';
import type { VaeModel } from './model';

/**
 * Says what is wrong with the values of fields on the host: the field, the value, the example, and what to do.
 *
 * @param anyValue Whether a transform will bring x and target into range.
 * @returns An error, or nothing where all is well.
 */
function refusedValues(
  owner: string,
  fields: Fields,
  model: Pick<VaeModel, 'support' | 'missing'>,
  anyValue = false,
): Error | undefined {
  for (const name of checkedFields) {
    const field = fields[name];
    if (!field) continue;
    const rules = fieldRules(name, fields, model, anyValue);
    const missing = fields.mask && isMasked(name) ? missingIn(field.shape, fields.mask) : undefined;
    const exampleOf = (at: number) => Math.floor((at / field.values.length) * field.shape[0]!);
    const at = firstRefused(field, rules, missing);
    if (at >= 0) {
      const value = Math.fround(field.values[at]! * (field.scale ?? 1));
      const mend = mendOf(name, value, model, at);
      return new Error(`${owner}: ${name} holds ${value} at example ${exampleOf(at)}${mend}`);
    }
    const vector = isSimplex(name, fields, model) && !anyValue ? firstOtherSum(field, missing) : undefined;
    if (vector) {
      const example = exampleOf(vector.at);
      return new Error(
        `${owner}: the values of ${name} at example ${example} add up to ${vector.sum}${needOf(model, vector.at)}`,
      );
    }
  }
  return undefined;
}

/** The same for a whole data set, in which at least one example has to count. */
export function refusedRows(
  owner: string,
  fields: Fields,
  model: Pick<VaeModel, 'support' | 'missing'>,
  anyValue: boolean,
): Error | undefined {
  const error = refusedValues(owner, fields, model, anyValue);
  if (error || !fields.weights?.values.every(w => w === 0)) return error;
  return new Error(`${owner}: weights are all 0; no example counts`);
}

/** The same for a batch on the device, which is read back for it. */
export async function refusedBatch(
  owner: string,
  batch: Batch,
  model: Pick<VaeModel, 'support' | 'missing'>,
): Promise<Error | undefined> {
  const fields: { [K in keyof Batch]?: ArrayField } = {};
  for (const name of batchFields) {
    const t = batch[name];
    if (t) fields[name] = { values: (await t.data()) as ArrayField['values'], shape: t.shape };
  }
  return refusedValues(owner, fields as Fields, model);
}

function mendOf(name: CheckedField, value: number, model: Pick<VaeModel, 'support' | 'missing'>, at: number): string {
  if (name === 'mask') return '; it must be 1 for an observed element and 0 for a missing one';
  if (name === 'weights') return '; weights must be finite numbers of 0 or more';
  if (name === 'exposure') return '; exposure must be positive numbers';
  if (model.missing && name === 'x' && Number.isNaN(value)) {
    return '; give the trainer the transform columnsToInput, which hides missing values from the encoder';
  }
  if (!Number.isFinite(value)) return `; replace it${isMasked(name) ? ', or give a mask of 0 for it' : ''}`;
  return needOf(model, at);
}

function needOf({ support = 'real' }: Pick<VaeModel, 'support'>, at: number): string {
  return `, but the likelihood needs ${describeSupport(support, at)}`;
}

/** Whether the element at a place was not observed. */
type Missing = ((place: number) => boolean) | undefined;

/** The place of the first observed value that its rule does not allow, or −1. */
function firstRefused({ values, scale = 1 }: ArrayField, rules: readonly ValueRule[], missing: Missing): number {
  for (let i = 0; i < values.length; i++) {
    if (!isAllowed(values[i]! * scale, rules[i % rules.length]!) && !missing?.(i)) return i;
  }
  return -1;
}

/** The first vector, all of it observed, whose sum is not 1. */
function firstOtherSum({ values, shape, scale = 1 }: ArrayField, missing: Missing) {
  const width = shape.at(-1)!;
  for (let at = 0; at < values.length; at += width) {
    let sum = 0;
    let observed = true;
    for (let i = at; i < at + width; i++) {
      sum += values[i]! * scale;
      observed &&= !missing?.(i);
    }
    if (observed && !(Math.abs(sum - 1) <= SUM_SLACK)) return { at, sum: Math.fround(sum) };
  }
  return undefined;
}

/** Whether a mask, broadcast to a shape, hides the element at a place. */
function missingIn(shape: readonly number[], { values, shape: own }: ArrayField): NonNullable<Missing> {
  return place => {
    let at = 0;
    let step = 1;
    let rest = place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const index = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      if (own[axis] !== 1) at += index * step;
      step *= own[axis]!;
    }
    return values[at] === 0;
  };
}
