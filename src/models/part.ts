/**
 * Which variables of a model, by their structural path: a place in it (`'encoder'` and `'encoder/'` are both all that
 * lies under `encoder/`; `'encoder/0/kernel'` is one variable), a pattern, or a function of the path.
 */
export type Part = string | RegExp | ((path: string) => boolean);

/** Whether a path lies in a part. */
export function isInPart(path: string, part: Part): boolean {
  if (typeof part === 'function') return part(path);
  // Not `test`, which remembers its last position if the pattern has the flag g.
  if (typeof part !== 'string') return path.search(part) >= 0;
  return path === part || path.startsWith(part.endsWith('/') ? part : `${part}/`);
}

/** @throws When this does not name a part. */
export function checkPart(owner: string, part: Part): void {
  if (typeof part === 'function' || part instanceof RegExp || (typeof part === 'string' && part !== '')) return;
  throw new Error(
    `${owner}: part must be a path such as 'encoder/', a RegExp or a function of the path, got ${JSON.stringify(part)}`,
  );
}

/** A part as an error message shows it. */
export function describePart(part: Part): string {
  if (typeof part === 'function') return part.name || 'a function';
  return typeof part === 'string' ? `'${part}'` : String(part);
}
