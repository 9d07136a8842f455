import { openDatabase } from './open-database';

const DATABASE = 'tfjs-vae-models';
const STORE = 'files';

/** Resolves once the browser has the file on its disk; one transaction, so that what was there stays if it fails. */
export async function writeDatabase(name: string, bytes: Uint8Array): Promise<void> {
  await transact('readwrite', store => store.put(bytes, name));
}

export async function readDatabase(name: string): Promise<Uint8Array> {
  const found = await transact('readonly', store => store.get(name));
  if (!(found instanceof Uint8Array)) throw new Error('there is no model of that name');
  return found;
}

async function transact(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: 'strict' });
      const request = act(transaction.objectStore(STORE));
      // Not as soon as the request succeeds: a full disk shows when the transaction ends.
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(reasonOf(transaction.error));
    });
  } finally {
    database.close();
  }
}

async function open(): Promise<IDBDatabase> {
  if (typeof indexedDB === 'undefined') throw new Error('only browsers have IndexedDB');
  try {
    return await openDatabase(DATABASE, 1, STORE);
  } catch (error) {
    throw reasonOf(error as DOMException);
  }
}

function reasonOf(error: DOMException | null): Error {
  if (error?.name !== 'QuotaExceededError') return error ?? new Error('IndexedDB gave up without a reason');
  return new Error('the browser grants this site no more room; delete something', { cause: error });
}
