import { parseArgs } from 'node:util';

/** Something from outside that cannot be used: a flag, a value, a file. A program ends on it with exit code 2. */
export class InputError extends Error {}

/** One `--flag VALUE`: how its text is read, and what it is without it. */
export type Flag<T> = {
  /** What the help calls the value. */
  readonly value: string;
  readonly help: string;
  readonly default: T;
  /** @throws InputError with what was expected, to follow `--flag must be `. */
  read(text: string): T;
};

export type Flags = Readonly<Record<string, Flag<unknown>>>;

export type FlagValues<F extends Flags> = { -readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

type Described<T> = { default: T; help: string; value?: string };

/** A whole number; `default: undefined` leaves it to the program. */
export function integer<T extends number | undefined>(o: Described<T> & { min: number }): Flag<T | number> {
  return {
    ...described(o, 'N'),
    read: text => numberFrom(text, n => Number.isSafeInteger(n) && n >= o.min, `a whole number of ${o.min} or more`),
  };
}

/** A number, whole or not. */
export function decimal<T extends number | undefined>(o: Described<T> & { min: number }): Flag<T | number> {
  return {
    ...described(o, 'N'),
    read: text => numberFrom(text, n => Number.isFinite(n) && n >= o.min, `a number of ${o.min} or more`),
  };
}

/** One of some words. */
export function choice<const N extends string, T extends N | undefined>(
  names: readonly N[],
  o: Described<T>,
): Flag<T | N> {
  return {
    ...described(o, names.join('|')),
    read(text) {
      const found = names.find(name => name === text);
      if (found === undefined) throw new InputError(`one of ${names.join(', ')}, got ${JSON.stringify(text)}`);
      return found;
    },
  };
}

/** A path. */
export function path<T extends string | undefined>(o: Described<T>): Flag<T | string> {
  return {
    ...described(o, 'PATH'),
    read(text) {
      if (text === '') throw new InputError('a path, got an empty text');
      return text;
    },
  };
}

/**
 * The values of flags in a command line: `--latent-dim 2` and `--latent-dim=2` give `latentDim: 2`.
 *
 * @throws InputError, one line, for an unknown flag, a missing or wrong value, or a stray word.
 */
export function readFlags<F extends Flags>(flags: F, args: readonly string[]): FlagValues<F> {
  const keys = new Map(Object.keys(flags).map(key => [kebab(key), key]));
  const options = Object.fromEntries([...keys.keys()].map(name => [name, { type: 'string' as const }]));
  // Not strict: the messages of parseArgs run over several lines and speak of its own options.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const values: Record<string, unknown> = Object.fromEntries(Object.keys(flags).map(key => [key, flags[key]!.default]));
  for (const token of tokens) {
    if (token.kind === 'positional') throw new InputError(`unexpected ${JSON.stringify(token.value)}; see --help`);
    if (token.kind !== 'option') continue;
    const key = keys.get(token.name);
    if (key === undefined) throw new InputError(`unknown flag ${token.rawName}; see --help`);
    if (token.value === undefined) throw new InputError(`${token.rawName} needs a value; see --help`);
    values[key] = readValue(flags[key]!, token.rawName, token.value);
  }
  return values as FlagValues<F>;
}

/** A line for each flag, with its default. */
export function describeFlags(flags: Flags): string {
  const rows = Object.entries(flags).map(([key, flag]) => {
    const standard = flag.default === undefined ? '' : ` (${flag.default})`;
    return [`  --${kebab(key)} ${flag.value}`, `${flag.help}${standard}`] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => left.padEnd(width) + right).join('\n');
}

function described<T>({ default: standard, help, value }: Described<T>, kind: string) {
  return { default: standard, help, value: value ?? kind };
}

function readValue(flag: Flag<unknown>, name: string, text: string): unknown {
  try {
    return flag.read(text);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${name} must be ${error.message}`);
    throw error;
  }
}

function numberFrom(text: string, fits: (n: number) => boolean, expected: string): number {
  const n = text.trim() === '' ? Number.NaN : Number(text);
  if (!fits(n)) throw new InputError(`${expected}, got ${JSON.stringify(text)}`);
  return n;
}

function kebab(key: string): string {
  return key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
}
