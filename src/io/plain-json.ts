/** The numbers that JSON lacks: a history may hold them. */
const LACKING = new Map([Number.NaN, Infinity, -Infinity, -0].map(n => [textOf(n), n]));

/** JSON in which NaN, the infinities and −0 stand as `{ "number": "NaN" }`. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'number' && LACKING.has(textOf(v)) ? { number: textOf(v) } : v,
  );
}

/** @throws When the text is not JSON. */
export function fromJson(text: string): unknown {
  return restored(JSON.parse(text));
}

/** Puts the numbers back in place; a reviver would take many times the memory of the text. */
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
