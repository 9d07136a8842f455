/**
 * Which variables of a model, by their structural path: a place in it (`'encoder'` and `'encoder/'` are both all that
 * lies under `encoder/`; `'encoder/0/kernel'` is one variable), a pattern, or a function of the path.
 */
export type VariableFilter = string | RegExp | ((path: string) => boolean);

/** Whether a filter selects a path. */
export function isSelected(path: string, filter: VariableFilter): boolean {
  if (typeof filter === 'function') return filter(path);
  // Not `test`, which remembers its last position if the pattern has the flag g.
  if (typeof filter !== 'string') return path.search(filter) >= 0;
  return path === filter || path.startsWith(filter.endsWith('/') ? filter : `${filter}/`);
}

/** @throws When this is not a filter. */
export function checkFilter(owner: string, filter: VariableFilter): void {
  if (typeof filter === 'function' || filter instanceof RegExp || (typeof filter === 'string' && filter !== '')) return;
  throw new Error(
    `${owner}: part must be a path such as 'encoder/', a RegExp or a function of the path, got ${JSON.stringify(filter)}`,
  );
}

/** A filter as an error message shows it. */
export function describeFilter(filter: VariableFilter): string {
  if (typeof filter === 'function') return filter.name || 'a function';
  return typeof filter === 'string' ? `'${filter}'` : String(filter);
}
