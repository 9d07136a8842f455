import { nearest } from '../ops/check-keys';
import { batchFields } from './batch';

/** What people call the fields elsewhere. */
const elsewhere: Readonly<Record<string, string>> = {
  xs: 'x',
  ys: 'target (what is reconstructed) or condition (what the networks are told)',
  y: 'target (what is reconstructed) or condition (what the networks are told)',
  sampleWeight: 'weights',
};

/** @throws When a name is not that of a field of `Batch`: a misspelt field would be left out without a word. */
export function checkFieldNames(owner: string, given: object): void {
  if (typeof given !== 'object' || given === null)
    throw new Error(`${owner} must be an object of fields, got ${given}`);
  const names: readonly string[] = batchFields;
  const unknown = Object.keys(given).find(name => !names.includes(name));
  if (unknown === undefined) return;
  const meant = Object.hasOwn(elsewhere, unknown) ? elsewhere[unknown] : nearest(unknown, names);
  throw new Error(`${owner}: unknown field ${unknown}; ${meant ? `write ${meant}` : `there are ${names.join(', ')}`}`);
}
