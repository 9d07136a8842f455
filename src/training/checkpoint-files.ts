import { FileFormatError } from '../data/file-format-error';
import type { FileStore } from '../data/file-store';
import { bestOf, type CheckpointContent, lastOf, readCheckpoint, stepsIn } from '../io/checkpoint-file';
import { UnknownFormatError } from '../io/seal';
import { parseProgress } from './parse-progress';
import { type Progress, runIdOf } from './progress';

/** Which run writes, and how far it is. */
export type Writer = { run: string; steps: number };

/** The files of one run in a store. What the run did not write is never removed and never written over. */
export class CheckpointFiles {
  readonly #store: FileStore;
  /** The files that this run wrote. */
  #own = new Set<string>();
  /** All other files. */
  #others = new Set<string>();
  #release: (() => Promise<void>) | undefined;

  constructor(store: FileStore) {
    this.#store = store;
  }

  /**
   * Takes the store and looks at what it holds.
   *
   * @throws When another writer has the store, or a checkpoint in it is further on than this run, belongs to another
   * run, or has a format that is not known. `close` is to be called in any case.
   */
  async open(writer: Writer): Promise<void> {
    const { description } = this.#store;
    try {
      this.#release = await this.#store.lock?.();
    } catch (cause) {
      throw new Error(`checkpoint: cannot write to ${description}: ${(cause as Error).message}`, { cause });
    }
    const names = await reporting(`list ${description}`, () => this.#store.list());
    this.#own = new Set();
    this.#others = new Set(names);
    for (const name of [...lastOf(names), ...bestOf(names)]) {
      if (await this.#isOwn(name, writer)) {
        this.#own.add(name);
        this.#others.delete(name);
      }
    }
  }

  /** Writes a file, and then removes older ones of its kind but for the newest `keep`. */
  async save(name: string, bytes: Uint8Array, keep: number): Promise<void> {
    const store = this.#store;
    await reporting(`write '${name}' to ${store.description}`, async () => {
      if (this.#others.has(name)) await this.#setAside(name);
      await store.write(name, bytes);
      this.#own.add(name);
      const ofKind = name.startsWith('step') ? lastOf : bestOf;
      const reached = ofKind([...this.#own]).filter(other => stepsIn(other) <= stepsIn(name));
      for (const old of reached.slice(keep)) {
        await store.remove(old);
        this.#own.delete(old);
      }
    });
  }

  /** Gives the store back. */
  async close(): Promise<void> {
    const release = this.#release;
    this.#release = undefined;
    await release?.();
  }

  /** @throws When the file is whole, and this run must not go on beside it. */
  async #isOwn(name: string, { run, steps }: Writer): Promise<boolean> {
    const stored = await readStored(this.#store, name);
    const holds = `checkpoint: ${this.#store.description} holds '${name}'`;
    if (stored.kind === 'unknown') {
      throw new Error(
        `${holds}, which this release cannot read (${stored.reason}); give another store, or take it away`,
      );
    }
    if (stored.kind !== 'checkpoint') return false;
    if (name.startsWith('step') && stepsIn(name) > steps) {
      throw new Error(
        `${holds}, but this run is at step ${steps}: call trainer.resume(store) before fit to go on from that, or give another store`,
      );
    }
    const other = runIdOf(stored.progress);
    if (other === run) return true;
    throw new Error(
      `${holds} of another run (${other}; this one is ${run}): call trainer.resume(store) before fit to go on with that run, give another store, or take it away`,
    );
  }

  /** Keeps a damaged file under another name, since it may be of use to somebody; a store without `rename` loses it. */
  async #setAside(name: string): Promise<void> {
    let aside = `${name}.damaged`;
    for (let n = 2; this.#others.has(aside); n++) aside = `${name}.damaged-${n}`;
    await this.#store.rename?.(name, aside);
    this.#others.delete(name);
    this.#others.add(aside);
  }
}

async function reporting<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new Error(`checkpoint: could not ${what}: ${(cause as Error).message}`, { cause });
  }
}

/** What lies under the name of a checkpoint. */
export type Stored =
  | { kind: 'checkpoint'; content: CheckpointContent; progress: Progress }
  /** The file may be whole, but a newer release or somebody else wrote it. */
  | { kind: 'unknown'; reason: string }
  /** The file is damaged or cannot be read. */
  | { kind: 'damaged'; reason: string }
  /** Removed by the run that wrote it, since the names were listed. */
  | { kind: 'gone' };

export async function readStored(store: FileStore, name: string): Promise<Stored> {
  let bytes: Uint8Array;
  try {
    bytes = await store.read(name);
  } catch (error) {
    if (!(await store.list()).includes(name)) return { kind: 'gone' };
    return { kind: 'damaged', reason: (error as Error).message };
  }
  try {
    const content = readCheckpoint(bytes);
    return { kind: 'checkpoint', content, progress: parseProgress(content.progress) };
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
    return { kind: error instanceof UnknownFormatError ? 'unknown' : 'damaged', reason: error.message };
  }
}
