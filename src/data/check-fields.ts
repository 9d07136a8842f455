import { batchFields } from './batch';
import { checkField, checkTensor } from './check-field';
import { checkFieldNames } from './check-field-names';
import { namesElsewhere } from './names-elsewhere';
import { type FieldData, isTensor } from './training-data';

/** Fields as they are given, by name. */
export type GivenFields = { readonly [K in (typeof batchFields)[number]]?: FieldData };

/** @throws When fields do not go together, or one of them is not a field. */
export function checkFields(owner: string, given: GivenFields): void {
  checkFieldNames(owner, given, namesElsewhere);
  const lengths: [string, number][] = [];
  for (const name of batchFields) {
    const field = given[name];
    if (field === undefined) continue;
    if (isTensor(field)) checkTensor(`${owner}: ${name}`, field);
    else checkField(`${owner}: ${name}`, field);
    lengths.push([name, field.shape[0]!]);
  }
  if (given.x === undefined) throw new Error(`${owner}: x is missing`);
  const size = given.x.shape[0];
  if (lengths.some(([, length]) => length !== size)) {
    throw new Error(`${owner}: fields must have one length, got ${lengths.map(([n, l]) => `${n} ${l}`).join(', ')}`);
  }
  if (given.x.shape.includes(0)) throw new Error(`${owner}: x is empty; at least one example is needed`);
}
