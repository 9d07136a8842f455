/**
 * Named files, written whole or not at all: a folder, a database of the browser, memory.
 *
 * `write` resolves once the bytes are where a crash does not reach them; until then the name holds what it held before.
 */
export interface FileStore {
  /** What it is, for errors. */
  readonly description: string;
  /** Names of all files. */
  list(): Promise<string[]>;
  /** @throws When there is no file of this name. */
  read(name: string): Promise<Uint8Array>;
  /** Writes a file, whole or not at all, in place of what the name held. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file; does nothing where there is none of this name. */
  remove(name: string): Promise<void>;
  /** Renames a file, whatever it holds. */
  rename?(from: string, to: string): Promise<void>;
  /**
   * Takes the store for one writer, until what it returns is called. Reading needs no lock.
   *
   * @throws When somebody else has it; the message says who, such as "it is in use by process 7".
   */
  lock?(): Promise<() => Promise<void>>;
}

/**
 * Files in memory: for tests, or to go back to a better state within one process.
 *
 * @example
 * ```ts
 * const store = memoryStore();
 * await trainer.fit(xTrain, { epochs: 1, callbacks: checkpoint({ store }) });
 * await trainer.resume(store);
 * ```
 */
export function memoryStore(): Required<FileStore> {
  const files = new Map<string, Uint8Array>();
  let isHeld = false;
  return {
    description: 'memory',
    list: async () => [...files.keys()],
    async read(name) {
      const bytes = files.get(name);
      if (!bytes) throw new Error(`memoryStore: no file named '${name}'`);
      return bytes.slice();
    },
    async write(name, bytes) {
      files.set(name, bytes.slice());
    },
    async remove(name) {
      files.delete(name);
    },
    async rename(from, to) {
      const bytes = files.get(from);
      if (!bytes) throw new Error(`memoryStore: no file named '${from}'`);
      files.set(to, bytes);
      files.delete(from);
    },
    async lock() {
      if (isHeld) throw new Error('it is in use by another fit; await that, or give another store');
      isHeld = true;
      return async () => {
        isHeld = false;
      };
    },
  };
}
