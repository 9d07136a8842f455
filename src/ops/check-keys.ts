/**
 * Refuses options that nothing reads, since a misspelt one would silently change a run.
 *
 * @param owner What the caller called, for the message.
 * @param options What was given.
 * @param known The keys that are read.
 * @param hints What to write instead of a name that people bring from elsewhere.
 * @param required The keys that must be there.
 * @throws When `options` is not an object, has another key or lacks one.
 */
export function checkKeys<T extends object>(
  owner: string,
  options: T,
  known: readonly (keyof T & string)[],
  hints: Readonly<Record<string, string>> = {},
  required: readonly (keyof T & string)[] = [],
): void {
  const given = Array.isArray(options) ? 'an array' : options;
  if (typeof given !== 'object' || !given) throw new Error(`${owner}: options must be an object, got ${given}`);
  for (const key of Object.keys(options)) {
    if (known.includes(key as keyof T & string)) continue;
    const hint = Object.hasOwn(hints, key) ? hints[key] : nearest(key, known);
    throw new Error(`${owner}: unknown option ${key}; ${hint ? `write ${hint}` : `it takes ${known.join(', ')}`}`);
  }
  for (const key of required) {
    if (options[key] === undefined) throw new Error(`${owner}: ${key} is missing`);
  }
}

/** The known name that shares most pairs of letters with the key, at least one for three of its letters. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  const shared = (name: string) => [...key].filter((letter, i) => name.includes(key[i - 1] + letter)).length;
  return known.filter(name => shared(name) >= key.length / 3).sort((a, b) => shared(b) - shared(a))[0];
}
