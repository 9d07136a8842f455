import { describe, expect, test } from 'vitest';
import { type FileStore, memoryStore } from '../../src/data/file-store';
import { sprites } from '../../src/datasets/sprites';
import { readCheckpoint, writeCheckpoint } from '../../src/io/checkpoint-file';
import { writeSafetensors } from '../../src/io/safetensors';
import { seal } from '../../src/io/seal';
import { mlpVae } from '../../src/models/mlp-vae';
import { type CheckpointOptions, checkpoint } from '../../src/training/callbacks/checkpoint';
import { parseProgress } from '../../src/training/parse-progress';
import { VaeTrainer } from '../../src/training/trainer';
import { disposeTrainersAfterEach } from '../support/dispose-trainers';
import { weightsOf } from '../support/networks';

const { images } = sprites({ count: 12, size: 8, seed: 3 });
const disposedLater = disposeTrainersAfterEach();

function trainer(seed = 2): VaeTrainer {
  return disposedLater(
    new VaeTrainer({ model: mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [5], seed }), seed }),
  );
}

/** 3 steps an epoch. */
const fit = (t: VaeTrainer, options: CheckpointOptions, totalEpochs = 2) =>
  t.fit(images, { totalEpochs, batchSize: 4, validationData: images, callbacks: checkpoint(options) });
const [STEP3, STEP6, BEST] = ['step-000000000003', 'step-000000000006', 'best-000000000006'].map(
  n => `${n}.safetensors`,
);
const sorted = async (store: FileStore) => (await store.list()).sort();
/** Validation that rises all the time: the best is the last. */
const monitored = { monitor: 'val_kl', mode: 'max' } as const;

async function storeOf(t: VaeTrainer, options: Partial<CheckpointOptions> = {}): Promise<FileStore> {
  const store = memoryStore();
  await fit(t, { store, ...options });
  return store;
}

describe('what this release does not know', () => {
  const newer = seal({ format: 'tfjs-vae/checkpoint', version: 2 }, {}, { progress: '{}' });
  const foreign = writeSafetensors({ a: { dtype: 'float32', shape: [1], values: Float32Array.of(1) } });
  test.each([
    ['a newer version', newer, "this release reads version 1 of 'tfjs-vae/checkpoint', the file has 2"],
    ['a safetensors file of somebody else', foreign, "expected a file of the format 'tfjs-vae/checkpoint', got none"],
  ])('%s is refused by resume and by fit, and stays', async (_, bytes, reason) => {
    const store = await storeOf(trainer());
    await store.write('step-000000000009.safetensors', bytes);
    await store.write('best-000000000001.safetensors', bytes);
    const names = await sorted(store);
    await expect(trainer().resume(store)).rejects.toThrow(
      `resume: 'step-000000000009.safetensors' in memory is not a checkpoint that this release can read (readCheckpoint: ${reason}`,
    );
    const fresh = trainer();
    await expect(fit(fresh, { store }, 9)).rejects.toThrow(
      `checkpoint: memory holds 'step-000000000009.safetensors', which this release cannot read (readCheckpoint: ${reason}`,
    );
    expect(fresh.steps).toBe(0);
    expect(await sorted(store)).toEqual(names);
  });

  test('a whole folder of a newer version is left alone', async () => {
    const store = memoryStore();
    for (const name of [STEP3!, STEP6!, BEST!]) await store.write(name, newer);
    await expect(fit(trainer(), { store }, 9)).rejects.toThrow('which this release cannot read');
    for (const name of [STEP3!, STEP6!, BEST!]) expect(await store.read(name)).toEqual(newer);
  });
});

describe('another run', () => {
  test('its best one is refused as its last one is, and not removed by a better one', async () => {
    const store = await storeOf(trainer(), monitored);
    for (const name of await store.list()) if (name.startsWith('step')) await store.remove(name);
    const [best] = await store.list();
    const second = trainer(5);
    await expect(fit(second, { store, ...monitored })).rejects.toThrow(
      new RegExp(`^checkpoint: memory holds '${best}' of another run \\([0-9a-f]{16}; this one is [0-9a-f]{16}\\)`),
    );
    expect(second.steps).toBe(0);
    expect(await store.list()).toEqual([best]);
  });

  test('an older step of it is refused too', async () => {
    const store = await storeOf(trainer());
    const other = trainer(5);
    await other.fit(images, { epochs: 3, batchSize: 4 });
    await expect(fit(other, { store }, 4)).rejects.toThrow(
      "memory holds 'step-000000000006.safetensors' of another run",
    );
    expect(await sorted(store)).toEqual([STEP3, STEP6]);
  });

  test("resume({ which: 'best' }) never gives its model", async () => {
    const [mine, theirs] = [await storeOf(trainer()), await storeOf(trainer(5), monitored)];
    const [best] = (await theirs.list()).filter(name => name.startsWith('best'));
    await mine.write(best!, await theirs.read(best!));
    const t = trainer();
    const before = weightsOf(t.model);
    await expect(t.resume(mine, { which: 'best' })).rejects.toThrow(
      `resume: no best checkpoint of this run is in memory, only ${best} (run `,
    );
    expect(weightsOf(t.model)).toEqual(before);
    expect(await t.resume(theirs, { which: 'best' })).toMatchObject({ name: best });
  });

  test('the id goes on through resume, from a store and from a snapshot', async () => {
    const store = await storeOf(trainer());
    const idIn = async (name: string) => parseProgress(readCheckpoint(await store.read(name)).progress).run;
    const id = await idIn(STEP6!);
    const t = trainer();
    await t.resume(store);
    await fit(t, { store }, 3);
    expect(await idIn('step-000000000009.safetensors')).toBe(id);
    const { tensors, ...plain } = await t.snapshot();
    expect(plain.progress.run).toBe(id);
    await trainer().resume({ ...plain, tensors });
    for (const tensor of Object.values(tensors)) tensor.dispose();
  });
});

describe('names and files', () => {
  test('the newest is the one of the most steps, however it is written', async () => {
    const store = await storeOf(trainer());
    await store.write('step-5.safetensors', await store.read(STEP3!));
    expect(await trainer().resume(store)).toMatchObject({ name: STEP6, steps: 6 });
  });

  test('what cannot be read is passed over and said, and the one before is taken', async () => {
    const inner = await storeOf(trainer());
    const store: FileStore = {
      ...inner,
      list: async () => [...(await inner.list()), 'step-000000000007.safetensors'],
      async read(name) {
        if (name.includes('7')) throw new Error('EIO: i/o error, read');
        return inner.read(name);
      },
    };
    expect(await trainer().resume(store)).toMatchObject({
      name: STEP6,
      damaged: [{ name: 'step-000000000007.safetensors', reason: 'EIO: i/o error, read' }],
    });
  });

  test('one that the run which writes there removes meanwhile is no damage', async () => {
    const inner = await storeOf(trainer());
    const stale = ['step-000000000001.safetensors', 'step-000000000009.safetensors'];
    let looks = 0;
    const store: FileStore = { ...inner, list: async () => (looks++ === 0 ? stale : inner.list()) };
    expect(await trainer().resume(store)).toMatchObject({ name: STEP6, damaged: [] });
  });

  test('a damaged one in the place of one that is written is renamed', async () => {
    const store = await storeOf(trainer());
    await store.write(STEP6!, Uint8Array.of(1, 2, 3));
    const t = trainer();
    expect(await t.resume(store)).toMatchObject({ steps: 3 });
    await fit(t, { store });
    expect(await sorted(store)).toEqual([STEP3, STEP6, `${STEP6}.damaged`]);
    expect(await store.read(`${STEP6}.damaged`)).toEqual(Uint8Array.of(1, 2, 3));
  });

  test('killed between the first best file and the first last one: the run goes on', async () => {
    const inner = memoryStore();
    let writes = 0;
    const failing = {
      ...inner,
      async write(name: string, bytes: Uint8Array) {
        if (++writes > 1) throw new Error('killed');
        await inner.write(name, bytes);
      },
    };
    await expect(fit(trainer(), { store: failing, ...monitored })).rejects.toThrow('killed');
    const t = trainer();
    expect(await t.resume(inner)).toMatchObject({ name: 'best-000000000003.safetensors', steps: 3 });
    const history = await fit(t, { store: inner, ...monitored });
    expect(history).toEqual(await fit(trainer(), { store: memoryStore(), ...monitored }));
  });
});

describe('one writer', () => {
  test('two fits into one store: the second is refused before its first step, the first goes on', async () => {
    const store = memoryStore();
    const [first, second] = [trainer(), trainer(5)];
    const running = fit(first, { store });
    await expect(fit(second, { store })).rejects.toThrow(
      'checkpoint: cannot write to memory: it is in use by another fit; await that, or give another store',
    );
    await running;
    expect([first.steps, second.steps]).toEqual([6, 0]);
  });

  test('the store is given back where fit fails', async () => {
    const store = memoryStore();
    const failing = {
      onEpochBegin(epoch: number) {
        if (epoch === 1) throw new Error('light is out');
      },
    };
    const callbacks = [failing, checkpoint({ store })];
    await expect(trainer().fit(images, { epochs: 2, batchSize: 4, callbacks })).rejects.toThrow('light is out');
    const t = trainer();
    await t.resume(store);
    await fit(t, { store });
  });
});

describe('a checkpoint of an earlier release', () => {
  test('without the id of a run: the seed tells it from others', async () => {
    const store = await storeOf(trainer(), monitored);
    for (const name of await store.list()) {
      const { settings, ...content } = readCheckpoint(await store.read(name));
      const { run, ...progress } = content.progress as { run: string };
      await store.write(name, writeCheckpoint({ ...content, progress }));
    }
    const t = trainer();
    expect((await t.resume(store))!.unchecked[0]).toContain('from before checkpoints held them');
    await fit(t, { store, ...monitored }, 4);
    expect((await sorted(store)).filter(name => name.startsWith('step'))).toEqual([
      'step-000000000009.safetensors',
      'step-000000000012.safetensors',
    ]);
  });
});
