import { FileFormatError } from '../data/file-format-error';
import type { FileStore } from '../data/file-store';
import { type CheckpointContent, readCheckpoint } from '../io/checkpoint-file';
import { UnknownFormatError } from '../io/sealed';
import { checkedProgress } from './checked-progress';
import type { Progress } from './progress';

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
    return { kind: 'checkpoint', content, progress: checkedProgress(content.progress) };
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
    return { kind: error instanceof UnknownFormatError ? 'unknown' : 'damaged', reason: error.message };
  }
}
