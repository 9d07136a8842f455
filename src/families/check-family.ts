import { checkSupport } from '../data/check-support';
import type { Family } from './family';

/**
 * @param option Its name among the options, such as `likelihood`.
 * @throws When this is not a family (in JavaScript, its factory is mistaken for one most often), or what it declares
 * cannot be used.
 */
export function checkFamily(owner: string, option: string, family: Family): void {
  const what = `${owner}: ${option}`;
  if (typeof family?.parameters !== 'function' || typeof family.distribution !== 'function') {
    const got = typeof family === 'function' ? 'a function; call it' : typeof family;
    throw new Error(`${what} must be a family, such as bernoulliFamily(), got ${got}`);
  }
  const sizes: unknown[] = Object.values(family.parameters(2) ?? {});
  if (sizes.length === 0 || !sizes.every(size => Number.isInteger(size) && (size as number) >= 0)) {
    throw new Error(`${what}: parameters(2) must give a whole number for each parameter, got [${sizes}]`);
  }
  if (family.support !== undefined) checkSupport(what, family.support);
}
