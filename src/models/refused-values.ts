import type { ArrayField } from '../data/array-field';
import { type Batch, batchFields } from '../data/batch';
import type { Fields } from '../data/row-reader';
import type { VaeModel } from './model';
import { type CheckedField, checkedFields, isMasked, rangeOf } from './value-ranges';

/**
 * Says what is wrong with the values of fields on the host: the field, the value, the example, and what to do.
 *
 * @param anyValue Whether a transform will bring x and target into range.
 * @returns An error, or nothing where all is well.
 */
function refusedValues(
  owner: string,
  fields: Fields,
  model: Pick<VaeModel, 'support'>,
  anyValue = false,
): Error | undefined {
  for (const name of checkedFields) {
    const field = fields[name];
    if (!field) continue;
    const range = rangeOf(name, fields, model, anyValue);
    const at = firstOutside(field, range, isMasked(name) ? fields.mask : undefined);
    if (at < 0) continue;
    const value = Math.fround(field.values[at]! * (field.scale ?? 1));
    const example = Math.floor((at / field.values.length) * field.shape[0]!);
    return new Error(`${owner}: ${name} holds ${value} at example ${example}${mend(name, value)}`);
  }
  return undefined;
}

/** The same for a whole data set, in which at least one example has to count. */
export function refusedRows(owner: string, fields: Fields, model: VaeModel, anyValue: boolean): Error | undefined {
  const error = refusedValues(owner, fields, model, anyValue);
  if (error || !fields.weights?.values.every(w => w === 0)) return error;
  return new Error(`${owner}: weights are all 0; no example counts`);
}

/** The same for a batch on the device, which is read back for it. */
export async function refusedBatch(
  owner: string,
  batch: Batch,
  model: Pick<VaeModel, 'support'>,
): Promise<Error | undefined> {
  const fields: { [K in keyof Batch]?: ArrayField } = {};
  for (const name of batchFields) {
    const t = batch[name];
    if (t) fields[name] = { values: (await t.data()) as ArrayField['values'], shape: t.shape };
  }
  return refusedValues(owner, fields as Fields, model);
}

function mend(name: CheckedField, value: number): string {
  if (name === 'mask') return '; it must be 1 for an observed element and 0 for a missing one';
  if (name === 'weights') return '; weights must be finite numbers of 0 or more';
  if (!Number.isFinite(value)) return `; replace it${isMasked(name) ? ', or give a mask of 0 for it' : ''}`;
  return ', but a Bernoulli likelihood needs values in [0, 1]; for bytes give scale: 1 / 255, for other data take a GaussianDecoder';
}

/** The first observed value that is not in the range, or −1. */
function firstOutside(
  { values, shape, scale = 1 }: ArrayField,
  [low, high]: readonly [number, number],
  mask?: ArrayField,
): number {
  const missing = mask && missingIn(shape, mask);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]! * scale;
    if (!(value >= low && value <= high) && !missing?.(i)) return i;
  }
  return -1;
}

/** Whether a mask, broadcast to a shape, hides the element at a place. */
function missingIn(shape: readonly number[], { values, shape: own }: ArrayField): (place: number) => boolean {
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
