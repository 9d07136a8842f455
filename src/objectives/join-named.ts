/**
 * Joins what is reported by name.
 *
 * @throws When two have one name, since one of them would be lost.
 */
export function joinNamed<T>(before: Readonly<Record<string, T>> = {}, more: Readonly<Record<string, T>> = {}) {
  const twice = Object.keys(more).find(name => Object.hasOwn(before, name));
  if (twice !== undefined) throw new Error(`two values of the objective are called ${twice}; rename one of them`);
  return { ...before, ...more };
}
