import { FileFormatError } from '../data/file-format-error';

/** Plain data. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The numbers that JSON lacks: a history may hold them. */
const LACKING = new Map([Number.NaN, Infinity, -Infinity, -0].map(n => [textOf(n), n]));
/** Deepest nesting: a network in a network in a network takes 20. */
const MAX_DEPTH = 128;

/** JSON in which NaN, the infinities and −0 stand as `{ "number": "NaN" }`. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'number' && LACKING.has(textOf(v)) ? { number: textOf(v) } : v,
  );
}

/**
 * @param what Names the text in errors, such as `its configuration`.
 * @param items Objects, arrays and members that the text may have; where absent, a bound that follows from its length,
 * so that the result stays within a small multiple of its size.
 * @throws FileFormatError When the text is not JSON, or would take far more memory than its size.
 */
export function fromJson(text: string, what = 'the text', items = 2 ** 16 + text.length / 8): unknown {
  checkSize(what, text, items);
  try {
    return restored(JSON.parse(text));
  } catch (cause) {
    throw new FileFormatError(`${what} is not JSON`, { cause });
  }
}

/** Refused before `JSON.parse`, which makes whatever the text asks for: 1.4 GB from 30 MB of brackets. */
function checkSize(what: string, text: string, items: number): void {
  let [depth, count] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const symbol = text[i];
    if (symbol === '"') i = endOfString(text, i);
    else if (symbol === '{' || symbol === '[') {
      if (++depth > MAX_DEPTH) throw new FileFormatError(`${what} is nested more than ${MAX_DEPTH} deep`);
      count++;
    } else if (symbol === '}' || symbol === ']') depth--;
    else if (symbol === ':') count++;
    if (count > items)
      throw new FileFormatError(`${what} has more than ${Math.floor(items)} objects, arrays and members`);
  }
}

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
}

/** Puts the special numbers back in place; a reviver would take many times the memory of the text. */
function restored(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const parts = value as Record<string, unknown>;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = restored(value[i]);
    return value;
  }
  const keys = Object.keys(parts);
  if (keys.length === 1 && typeof parts['number'] === 'string' && LACKING.has(parts['number'])) {
    return LACKING.get(parts['number']);
  }
  // Each is an own property, `__proto__` too: assigning never reaches a prototype.
  for (const key of keys) parts[key] = restored(parts[key]);
  return parts;
}

function textOf(n: number): string {
  return Object.is(n, -0) ? '-0' : String(n);
}
