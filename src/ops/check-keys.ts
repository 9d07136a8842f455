/**
 * Refuses options that nothing reads, since a misspelt one would change a run without a word.
 *
 * @param owner What the caller called, for the message.
 * @param options What was given.
 * @param known The keys that are read.
 * @param hints What to write instead of a name that people bring from elsewhere.
 * @throws When `options` is not an object, or has another key.
 */
export function checkKeys<T extends object>(
  owner: string,
  options: T,
  known: readonly (keyof T & string)[],
  hints: Readonly<Record<string, string>> = {},
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new Error(`${owner}: give an object of options (${known.join(', ')}), got ${describeValue(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key as keyof T & string)) continue;
    const hint = Object.hasOwn(hints, key) ? hints[key] : nearest(key, known);
    throw new Error(
      `${owner}: unknown option ${key}; ${hint ? `write ${hint}` : `there ${known.length > 1 ? 'are' : 'is'} ${known.join(', ')}`}`,
    );
  }
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'an array' : `the ${typeof value} ${String(value)}`;
}

/** The known name that needs the fewest changes, where they are few. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const allowed = Math.ceil(key.length / 3);
  const [best] = known
    .map(name => ({ name, distance: editDistance(plain(key), plain(name)) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance);
  return best?.name;
}

/** `batch_size` and `BatchSize` are `batchSize`. */
function plain(name: string): string {
  return name.replace(/[_-]/g, '').toLowerCase();
}

/** Levenshtein 1966: the least number of letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (a[i] === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
