import type { FileStore } from '../../data/file-store';
import { broadcastBytes, broadcastJson } from './exchange';
import type { Group } from './group';

/**
 * A store of which process 0 reads, for all processes at once: they resume from the same file, and only one of them has
 * to have it.
 */
export function sharedStore(group: Group, store: FileStore): FileStore {
  const readOnly = async () => {
    throw new Error('sharedStore: only read from');
  };
  return {
    description: store.description,
    list: () => fromFirst(group, () => store.list()),
    async read(name) {
      let bytes: Uint8Array = new Uint8Array();
      await fromFirst(group, async () => {
        bytes = await store.read(name);
        return null;
      });
      return broadcastBytes(group, bytes);
    },
    write: readOnly,
    remove: readOnly,
  };
}

/** Plain data of process 0, or its error. */
async function fromFirst<T>(group: Group, make: () => Promise<T>): Promise<T> {
  const own: { value?: T; error?: string } = {};
  if (group.rank === 0) {
    try {
      own.value = await make();
    } catch (error) {
      own.error = (error as Error).message;
    }
  }
  const { value, error } = await broadcastJson(group, own);
  if (error !== undefined) throw new Error(error);
  return value!;
}
