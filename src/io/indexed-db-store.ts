import type { FileStore } from '../data/file-store';
import { openDatabase } from './open-database';

/** The only object store in each database; its keys are the names of the files. */
const FILES = 'files';
const VERSION = 1;

/**
 * A database of the browser as a store of checkpoints; it outlives the page, and workers have it too.
 *
 * A write is one transaction with strict durability, so a tab that is closed at any moment leaves whole files only. The
 * database, named `tfjs-vae/<name>`, is open only while it is used. Browsers may clear the storage of a site when the
 * disk runs full, unless `navigator.storage.persist()` was granted.
 *
 * While `fit` trains into it, a Web Lock keeps other pages and workers of the site out: a second run ends with an error
 * before its first step. Pages that are not secure contexts (plain http from anywhere but localhost) have no Web Locks;
 * there nothing keeps two pages apart.
 *
 * @param name The store, for one run alone; other pages of the same origin see it.
 * @throws When there is no IndexedDB or the name is empty. Its methods: when the browser refuses, such as a write for
 * which there is no room; earlier files then stay as they were.
 * @example
 * ```ts
 * const store = indexedDbStore('run 7');
 * await trainer.resume(store); // nothing there yet: starts at the beginning
 * await trainer.fit(xTrain, { totalEpochs: 2, callbacks: checkpoint({ store, every: { seconds: 60 } }) });
 * ```
 */
export function indexedDbStore(name: string): Required<FileStore> {
  if (typeof name !== 'string' || name === '') {
    throw new Error(`indexedDbStore: name must be a string that is not empty, got ${JSON.stringify(name)}`);
  }
  if (typeof indexedDB === 'undefined') {
    throw new Error('indexedDbStore: there is no IndexedDB here; in Node take folderStore of tfjs-vae/node');
  }
  const description = `the IndexedDB store '${name}'`;
  const database = `tfjs-vae/${name}`;

  /** One request in one transaction, done when the transaction is. */
  async function run<T>(what: string, mode: IDBTransactionMode, ask: (files: IDBObjectStore) => IDBRequest<T>) {
    try {
      const db = await openDatabase(database, VERSION, FILES);
      try {
        return await done(db.transaction(FILES, mode, { durability: 'strict' }), ask);
      } finally {
        db.close();
      }
    } catch (cause) {
      throw new Error(`indexedDbStore: could not ${what} ${description}: ${reasonOf(cause)}`, { cause });
    }
  }

  return {
    description,
    list: async () => (await run('list', 'readonly', files => files.getAllKeys())).map(String),
    async read(file) {
      const bytes: unknown = await run(`read '${file}' from`, 'readonly', files => files.get(file));
      if (bytes instanceof Uint8Array) return bytes;
      throw new Error(`indexedDbStore: no file named '${file}' in ${description}`);
    },
    async write(file, bytes) {
      // A view would be stored with all of the memory that it looks at.
      const whole = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
      const what = `write '${file}' (${bytes.byteLength} bytes) to`;
      await run(what, 'readwrite', files => files.put(whole, file));
    },
    async remove(file) {
      await run(`remove '${file}' from`, 'readwrite', files => files.delete(file));
    },
    async rename(from, to) {
      await run(`rename '${from}' in`, 'readwrite', files => {
        const reading = files.get(from);
        reading.onsuccess = () => {
          if (reading.result === undefined) return;
          files.put(reading.result, to);
          files.delete(from);
        };
        return reading;
      });
    },
    async lock() {
      // Only in secure contexts; the browser takes it back from a page that is gone.
      const locks: LockManager | undefined = globalThis.navigator?.locks;
      if (!locks) return async () => {};
      return new Promise((resolve, reject) => {
        const ended = locks.request(database, { ifAvailable: true }, lock => {
          if (!lock) throw new Error('it is in use by another page or worker; close that, or give another store');
          return new Promise<void>(release => {
            resolve(async () => {
              release();
              await ended;
            });
          });
        });
        ended.catch(reject);
      });
    },
  };
}

function done<T>(transaction: IDBTransaction, ask: (files: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = ask(transaction.objectStore(FILES));
    transaction.oncomplete = () => resolve(request.result);
    // An aborted transaction leaves nothing behind; a lack of room shows here at the latest.
    transaction.onabort = () => reject(transaction.error ?? request.error);
  });
}

function reasonOf(cause: unknown): string {
  const { name, message } = (cause ?? { name: 'Error', message: 'the browser closed the database' }) as Error;
  if (name === 'QuotaExceededError') {
    return 'the browser gives this site no more room; remove what is not needed. Earlier files are as they were';
  }
  return name === 'Error' ? message : `${name}: ${message}`;
}
