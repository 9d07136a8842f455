import type { FileStore } from '../../src/data/file-store';
import { readCheckpoint } from '../../src/io/checkpoint-file';
import { parseProgress } from '../../src/training/parse-progress';

const NAME = /^(step|best)-\d{12}\.safetensors$/;

/** What is found wrong with the checkpoints of a run, and the best ones. */
export type Findings = { unreadable: string[]; leftBehind: string[]; best: string[] };

/**
 * Reads every checkpoint of a store.
 *
 * @param names All files there, those too that the store does not list.
 * @param kept How many of the last ones may be there now: one more while the older are being removed.
 */
export async function inspect(store: FileStore, names: readonly string[], kept: number): Promise<Findings> {
  const unreadable: string[] = [];
  const listed = await store.list();
  for (const name of listed) {
    try {
      parseProgress(readCheckpoint(await store.read(name)).progress);
    } catch (error) {
      unreadable.push(`${name}: ${(error as Error).message}`);
    }
  }
  const strange = names.filter(name => !NAME.test(name));
  const beyond = (kind: string, most: number) =>
    names
      .filter(name => NAME.test(name) && name.startsWith(kind))
      .sort()
      .slice(0, -most);
  return {
    unreadable,
    leftBehind: [...strange, ...beyond('step', kept), ...beyond('best', 1)],
    best: listed.filter(name => name.startsWith('best')),
  };
}
