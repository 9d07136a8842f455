import type fc from 'fast-check';

/** What is watched: reading may take `ms`, and memory of `slack` and `times` the size of the file. */
export type FuzzLimits = { ms: number; times: number; slack: number };

/** A reader under test. To add one, write a file like `idx-target.ts` and put it into the list of `targets.ts`. */
export type FuzzTarget = {
  name: string;
  /** Good files, which are mutated. */
  seeds: readonly Uint8Array[];
  /** Files that are built to be nearly right, beside the mutated ones. */
  generated: fc.Arbitrary<Uint8Array>;
  /** Puts lengths and checksums right again after a mutation, so that half of the inputs come past the first check. */
  repair?(bytes: Uint8Array): Uint8Array;
  /** Of this reader, where they are stricter than those of all; memory is then the most that the process had at once. */
  limits?: FuzzLimits;
  /** Large files that ask for much time or memory; measured against their size. */
  heavy: Readonly<Record<string, Uint8Array>>;
  /**
   * Reads, or throws a `FileFormatError`. What it gives back is called afterwards, outside of the measurement, and
   * throws when what was read is not what the bytes say.
   */
  read(bytes: Uint8Array): (() => void) | Promise<() => void>;
};
