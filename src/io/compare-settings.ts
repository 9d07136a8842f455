import type { Json } from './plain-json';

/** A setting that is not what it was. */
export type Change = {
  /** Its place, such as `'objective.beta'`. */
  setting: string;
  /** As text; `'nothing'` where there was none. */
  was: string;
  /** As text; `'nothing'` where there is none. */
  now: string;
};

/** What differs, and what could not be compared. */
export type Comparison = { changed: Change[]; unchecked: string[] };

/** Compares two runs setting by setting. */
export function compare(was: Json | undefined, now: Json | undefined, place: string): Comparison {
  const [before, after] = [leaves(was, place), leaves(now, place)];
  const result: Comparison = { changed: [], unchecked: [] };
  for (const setting of new Set([...before.keys(), ...after.keys()])) {
    const [a, b] = [before.get(setting) ?? 'nothing', after.get(setting) ?? 'nothing'];
    if (a !== b) result.changed.push({ setting, was: a, now: b });
    else if (setting.endsWith('.unknown')) result.unchecked.push(`${setting.slice(0, -'.unknown'.length)}: ${a}`);
  }
  return result;
}

/** Changes as they stand in an error. */
export function describeChanges(changes: readonly Change[]): string {
  const shown = changes.slice(0, 3).map(({ setting, was, now }) => `${setting} was ${was} and is ${now}`);
  return shown.join('; ') + (changes.length > 3 ? `; and ${changes.length - 3} more` : '');
}

/** Files that we write are not nested deeper than this; deeper ones, made by hand, are cut. */
const DEEPEST = 64;

function leaves(value: Json | undefined, place: string, depth = 0): Map<string, string> {
  if (value === undefined) return new Map();
  if (depth > DEEPEST) return new Map([[place, '…']]);
  const isInner = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!isInner || (Array.isArray(value) && value.every(item => typeof item !== 'object'))) {
    const text = place.endsWith('.unknown') ? String(value) : JSON.stringify(value);
    return new Map([[place, text.length > 200 ? `${text.slice(0, 200)}…` : text]]);
  }
  return new Map(Object.entries(value).flatMap(([key, member]) => [...leaves(member, `${place}.${key}`, depth + 1)]));
}
