import { checkKeys } from '../ops/check-keys';
import type { LossTerm } from './loss-term';

const KEYS = ['name', 'weight', 'needs', 'couples', 'evaluate', 'variables', 'players', 'dispose', 'config'] as const;

/** @throws When a term is not one, or two have one name. */
export function checkTerms(owner: string, terms: readonly LossTerm[]): void {
  if (!Array.isArray(terms)) throw new Error(`${owner}: terms must be an array, got ${typeof terms}`);
  terms.forEach((term, i) => {
    const what = `${owner}: terms[${i}]`;
    // An object of a class may have fields of its own.
    const own = isPlain(term) ? [] : (Object.keys(term ?? {}) as (keyof LossTerm)[]);
    checkKeys(what, term, [...KEYS, ...own], {}, ['name', 'weight', 'evaluate']);
    const { name, weight, evaluate } = term;
    if (typeof name !== 'string' || !/^\w+$/.test(name)) {
      throw new Error(`${what}: name must be a word of letters, digits and _, got ${JSON.stringify(name)}`);
    }
    if (terms.findIndex(other => other.name === name) < i) {
      throw new Error(`${owner}: two terms are called ${name}; give them different names`);
    }
    if (typeof weight !== 'function' && !(typeof weight === 'number' && Number.isFinite(weight))) {
      throw new Error(`${what}: weight must be a finite number or a schedule, got ${weight}`);
    }
    if (typeof evaluate !== 'function') {
      throw new Error(`${what}: evaluate must be a function, got ${typeof evaluate}`);
    }
  });
}

function isPlain(term: object): boolean {
  return Object.getPrototypeOf(term ?? {}) === Object.prototype;
}
