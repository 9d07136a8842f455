import { FileFormatError } from '../data/file-format-error';
import type { FileStore } from '../data/file-store';
import { type CheckpointContent, readCheckpoint } from '../io/checkpoint-file';
import { UnknownFormatError } from '../io/sealed';
import { checkedProgress } from './checked-progress';
import type { Progress } from './progress';

/** What lies under a name that checkpoints have. */
export type Stored =
  | { kind: 'checkpoint'; content: CheckpointContent; progress: Progress }
  /** Perhaps whole, but of a newer release or of somebody else. */
  | { kind: 'unknown'; reason: string }
  /** Or it cannot be read. */
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
    return { kind: 'checkpoint', content, progress: checkedProgress(content.progress) };
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
    return { kind: error instanceof UnknownFormatError ? 'unknown' : 'damaged', reason: error.message };
  }
}
