import { isColumns, rulesOf, type Support } from './support';

const KNOWN = 'real, positive, unitInterval, unitOpen, counts, simplex, { categories } or { levels }';

/** @throws When there is no such support: in JavaScript nothing else sees a typo. */
export function checkSupport(owner: string, support: Support): void {
  if (isColumns(support)) {
    for (const column of support) checkSupport(owner, column);
    return;
  }
  const [rule] = support ? rulesOf(support) : [];
  if (rule && rule.high >= rule.low && (rule.grid ?? 1) >= 1) return;
  throw new Error(`${owner}: support must be ${KNOWN}, or a list of them, got ${JSON.stringify(support)}`);
}
