import type { Family } from './family';

/**
 * @param option Its name among the options, such as `likelihood`.
 * @throws When this is not a family: in JavaScript, its factory is mistaken for one most often.
 */
export function checkFamily(owner: string, option: string, family: Family): void {
  if (typeof family?.parameters === 'function' && typeof family.distribution === 'function') return;
  const got = typeof family === 'function' ? 'a function; call it' : typeof family;
  throw new Error(`${owner}: ${option} must be a family, such as bernoulliFamily(), got ${got}`);
}
