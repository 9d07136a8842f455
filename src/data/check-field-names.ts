import { nearest } from '../ops/check-keys';
import { batchFields } from './batch';

/**
 * @param elsewhere What to write instead of a name that people bring from elsewhere.
 * @throws When a name is not that of a field of `Batch`: a misspelt field would be left out without a word.
 */
export function checkFieldNames(owner: string, given: object, elsewhere: Readonly<Record<string, string>> = {}): void {
  if (typeof given !== 'object' || given === null)
    throw new Error(`${owner} must be an object of fields, got ${given}`);
  const names: readonly string[] = batchFields;
  const unknown = Object.keys(given).find(name => !names.includes(name));
  if (unknown === undefined) return;
  const meant = Object.hasOwn(elsewhere, unknown) ? elsewhere[unknown] : nearest(unknown, names);
  throw new Error(`${owner}: unknown field ${unknown}; ${meant ? `write ${meant}` : `there are ${names.join(', ')}`}`);
}
