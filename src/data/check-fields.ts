import { checkKeys } from '../ops/check-keys';
import { batchFields } from './batch';
import { checkField, checkTensor } from './check-field';
import { type FieldData, isTensor } from './training-data';

/** Fields as they are given, by name. */
export type GivenFields = { readonly [K in (typeof batchFields)[number]]?: FieldData };

/** What people call the fields elsewhere. */
const elsewhere = {
  xs: 'x',
  ys: 'target (what is reconstructed) or condition (what the networks are told)',
  y: 'target (what is reconstructed) or condition (what the networks are told)',
  sampleWeight: 'weights',
};

/** @throws When fields do not go together, or one of them is not a field. */
export function checkFields(owner: string, given: GivenFields): void {
  checkNames(owner, given);
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

/** A misspelt field would be left out without a word. */
export function checkNames(owner: string, given: object): void {
  checkKeys(owner, given as GivenFields, batchFields, elsewhere);
}
