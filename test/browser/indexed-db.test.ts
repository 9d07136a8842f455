import * as tf from '@tensorflow/tfjs';
import { mlpVae, sprites, VaeTrainer } from 'tfjs-vae';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { memoryStore } from '../../src/data/file-store';
import { readCheckpoint } from '../../src/io/checkpoint-file';
import { indexedDbStore } from '../../src/io/indexed-db-store';
import { OPENING } from '../../src/io/open-database';
import { checkpoint } from '../../src/training/callbacks/checkpoint';

const name = `store test ${performance.timeOrigin}`;
const database = `tfjs-vae/${name}`;
const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);

function deleteDatabase(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(database);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}

beforeEach(deleteDatabase);
afterEach(async () => {
  vi.restoreAllMocks();
  await deleteDatabase();
});

test('writes, reads, lists, overwrites and removes; another store of the name sees it all', async () => {
  const store = indexedDbStore(name);
  expect(await store.list()).toEqual([]);
  await store.write('b', bytes(3, 7));
  await store.write('a', new Uint8Array(0));
  await store.write('b', bytes(5, 8));
  const other = indexedDbStore(name);
  expect(await other.list()).toEqual(['a', 'b']);
  expect(await other.read('b')).toEqual(bytes(5, 8));
  expect(await other.read('a')).toEqual(new Uint8Array(0));
  await other.remove('b');
  await other.remove('b');
  expect(await store.list()).toEqual(['a']);
  await expect(store.read('b')).rejects.toThrow(`indexedDbStore: no file named 'b' in the IndexedDB store '${name}'`);
});

test('stores are apart', async () => {
  await indexedDbStore(name).write('a', bytes(1, 1));
  expect(await indexedDbStore(`${name} 2`).list()).toEqual([]);
  indexedDB.deleteDatabase(`${database} 2`);
});

test('a view is stored without the memory around it, and what was given stays usable', async () => {
  const around = bytes(1000, 1);
  const view = around.subarray(10, 13).fill(2);
  const store = indexedDbStore(name);
  await store.write('view', view);
  view.fill(3);
  const read = await store.read('view');
  expect(read).toEqual(bytes(3, 2));
  expect(read.buffer.byteLength).toBe(3);
});

test('a write is strictly durable', async () => {
  const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction');
  await indexedDbStore(name).write('a', bytes(1, 1));
  expect(transaction).toHaveBeenCalledWith('files', 'readwrite', { durability: 'strict' });
});

test('a write that is aborted after its request succeeded is an error, and the name holds what it held', async () => {
  const store = indexedDbStore(name);
  await store.write('a', bytes(4, 1));
  const { put } = IDBObjectStore.prototype;
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value, key) {
    const request = put.call(this, value, key);
    request.addEventListener('success', () => this.transaction.abort());
    return request;
  });
  await expect(store.write('a', bytes(4, 2))).rejects.toThrow(`indexedDbStore: could not write 'a' (4 bytes) to`);
  vi.restoreAllMocks();
  expect(await store.read('a')).toEqual(bytes(4, 1));
});

let buckets = 0;

/** A part of the browser's storage with a quota of its own: what it does not have room for is really refused. */
async function withQuota(quota: number, body: () => Promise<void>): Promise<void> {
  const { storageBuckets } = navigator as Navigator & {
    storageBuckets: {
      open(name: string, options: { quota: number }): Promise<{ indexedDB: IDBFactory }>;
      delete(name: string): Promise<void>;
    };
  };
  const bucketName = `small-${buckets++}`;
  const bucket = await storageBuckets.open(bucketName, { quota });
  vi.stubGlobal('indexedDB', bucket.indexedDB);
  try {
    await body();
  } finally {
    vi.unstubAllGlobals();
    await storageBuckets.delete(bucketName);
  }
}

test('no room: a clear error, earlier files as they were, and smaller ones go on', async () => {
  await withQuota(1_000_000, async () => {
    const store = indexedDbStore(name);
    await store.write('a', bytes(1000, 1));
    const refused = store.write('a', bytes(3_000_000, 2));
    await expect(refused).rejects.toThrow(`could not write 'a' (3000000 bytes) to the IndexedDB store '${name}'`);
    await expect(refused).rejects.toThrow('no more room');
    await expect(refused).rejects.toMatchObject({ cause: { name: 'QuotaExceededError' } });
    expect(await store.read('a')).toEqual(bytes(1000, 1));
    await store.write('a', bytes(2000, 3));
    expect(await store.read('a')).toEqual(bytes(2000, 3));
  });
});

test('no room while training: the error names file and store, and the last checkpoint is good', async () => {
  await tf.setBackend('cpu');
  const { images } = sprites({ count: 32, size: 8, seed: 3 });
  const build = () => {
    const model = mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [256], seed: 1 });
    return { model, trainer: new VaeTrainer({ model, seed: 2 }) };
  };
  const options = { batchSize: 16, totalEpochs: 10 };
  const [full, next, whole] = [build(), build(), build()];
  // A checkpoint has about 0.4 MB, so there is room for a few of the ten.
  await withQuota(2_000_000, async () => {
    const store = indexedDbStore(name);
    const saving = full.trainer.fit(images, { ...options, callbacks: checkpoint({ store, keep: 10 }) });
    const error: Error = await saving.then(
      () => expect.unreachable(),
      e => e,
    );
    expect(error.message).toMatch(/^checkpoint: could not write 'step-\d{12}\.safetensors' to the IndexedDB store/);
    expect(error.message).toContain(name);
    const failedAt = Number(/step-(\d+)/.exec(error.message)![1]);
    expect(failedAt).toBeGreaterThan(2);
    expect(await next.trainer.resume(store)).toMatchObject({ steps: failedAt - 2, damaged: [] });
    const history = await next.trainer.fit(images, { ...options, callbacks: checkpoint({ store: memoryStore() }) });
    expect(history).toEqual(await whole.trainer.fit(images, options));
  });
  for (const { model, trainer } of [full, next, whole]) {
    trainer.dispose();
    model.dispose();
  }
});

test('a database that is deleted between two calls is made anew', async () => {
  const store = indexedDbStore(name);
  await store.write('a', bytes(1, 1));
  await deleteDatabase();
  expect(await store.list()).toEqual([]);
  await store.write('a', bytes(1, 2));
  expect(await store.read('a')).toEqual(bytes(1, 2));
});

test('who deletes the database while it is written to does not wait for ever, and neither do we', async () => {
  const store = indexedDbStore(name);
  await store.write('a', bytes(1, 1));
  await Promise.all([store.write('b', bytes(1e6, 2)), deleteDatabase(), store.write('c', bytes(1, 3))]);
  expect(await store.read('c')).toEqual(bytes(1, 3));
});

test('a deletion that another page blocks is an error in time, and no hang', async () => {
  const store = indexedDbStore(name);
  await store.write('a', bytes(1, 1));
  const holding = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(database);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const deleted = deleteDatabase(); // waits for the one above, which does not listen
  const { most } = OPENING;
  OPENING.most = 300;
  try {
    await expect(store.list()).rejects.toThrow(
      `indexedDbStore: could not list the IndexedDB store '${name}': the database has not opened for 0.3 s; perhaps it is being deleted`,
    );
  } finally {
    OPENING.most = most;
    holding.close();
  }
  await deleted;
  expect(await store.list()).toEqual([]);
});

test('renames in one piece', async () => {
  const store = indexedDbStore(name);
  await store.write('a', bytes(3, 1));
  await store.rename('a', 'b');
  expect(await store.list()).toEqual(['b']);
  expect(await store.read('b')).toEqual(bytes(3, 1));
});

test('one writer: a second store of the name is refused until the first gives it back', async () => {
  const [first, second] = [indexedDbStore(name), indexedDbStore(name)];
  const release = await first.lock();
  await expect(second.lock()).rejects.toThrow(
    'it is in use by another page or worker; close that, or give another store',
  );
  await second.list();
  await release();
  await (await second.lock())();
});

test('two tabs at one store, 20 times: one trains to its end, the other is told, and nothing is lost', async () => {
  await tf.setBackend('cpu');
  const tab = () => new Worker(new URL('./store-tab.ts', import.meta.url), { type: 'module' });
  const tabs = [tab(), tab()];
  const run = (worker: Worker, store: string) =>
    new Promise<{ steps?: number; error?: string }>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = event => reject(new Error(event.message));
      worker.postMessage(store);
    });
  let refused = 0;
  for (let trial = 0; trial < 20; trial++) {
    const shared = `${name} ${trial}`;
    const ends = await Promise.all(tabs.map(worker => run(worker, shared)));
    const lost = ends.filter(end => end.error !== undefined);
    refused += lost.length;
    for (const { error } of lost)
      expect(error).toMatch(/it is in use by another page or worker|call trainer\.resume\(store\)/);
    expect(ends.filter(end => end.steps === 6).length).toBeGreaterThan(0);
    const store = indexedDbStore(shared);
    expect(await store.list()).toEqual(['step-000000000003.safetensors', 'step-000000000006.safetensors']);
    for (const file of await store.list()) readCheckpoint(await store.read(file));
    indexedDB.deleteDatabase(`tfjs-vae/${shared}`);
  }
  expect(refused).toBeGreaterThan(0);
  for (const worker of tabs) worker.terminate();
});

test("databases that are not ours: another version, no object store 'files'", async () => {
  const make = (version: number) =>
    new Promise<void>((resolve, reject) => {
      const request = indexedDB.open(database, version);
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        request.result.close();
        resolve();
      };
    });
  await make(1);
  await expect(indexedDbStore(name).list()).rejects.toThrow(/indexedDbStore: could not list .* NotFoundError/);
  await make(2);
  await expect(indexedDbStore(name).list()).rejects.toThrow(/indexedDbStore: could not list .* VersionError/);
});

test('a name that is none', () => {
  expect(() => indexedDbStore('')).toThrow('indexedDbStore: name must be a string that is not empty, got ""');
});
