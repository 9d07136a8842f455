import { describe, expect, test } from 'vitest';
import { type FileStore, memoryStore } from '../../../src/data/file-store';
import { sprites } from '../../../src/datasets/sprites';
import { fromJson, toJson } from '../../../src/io/plain-json';
import { mlpVae } from '../../../src/models/mlp-vae';
import { type CheckpointOptions, checkpoint } from '../../../src/training/callbacks/checkpoint';
import { earlyStopping } from '../../../src/training/callbacks/early-stopping';
import { parseProgress } from '../../../src/training/parse-progress';
import { newProgress } from '../../../src/training/progress';
import { VaeTrainer } from '../../../src/training/trainer';

const { images } = sprites({ count: 50, size: 8, seed: 3 });

function trainer(): VaeTrainer {
  return new VaeTrainer({ model: mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [5], seed: 1 }), seed: 2 });
}

/** 7 steps an epoch. */
function fit(t: VaeTrainer, options: CheckpointOptions, totalEpochs = 3) {
  return t.fit(images, { totalEpochs, batchSize: 8, validationData: images, callbacks: checkpoint(options) });
}

const stepsOf = async (store: FileStore) => (await store.list()).sort().map(name => Number.parseInt(name.slice(5), 10));

describe('checkpoint', () => {
  test('the best epoch is saved where a checkpoint was due at its last step already', async () => {
    const store = memoryStore();
    const t = trainer();
    const { history } = await fit(t, { store, every: { steps: 7 }, monitor: 'val_elbo' });
    const best = 7 * (1 + history['val_elbo']!.indexOf(Math.max(...history['val_elbo']!)));
    const names = (await store.list()).sort();
    expect(names[0]).toBe(`best-${String(best).padStart(12, '0')}.safetensors`);
    const again = trainer();
    for (const name of names) if (name.startsWith('step')) await store.remove(name);
    await store.write('step-000000000021.safetensors', await store.read(names[0]!));
    expect(await again.resume(store)).toMatchObject({ steps: best, epochs: best / 7 });
  });

  test('killed between its two files, the run that goes on has the best one', async () => {
    const inner = memoryStore();
    const store = { ...inner };
    const t = trainer();
    let writes = 0;
    store.write = async (name, bytes) => {
      if (++writes > 1) throw new Error('killed');
      await inner.write(name, bytes);
    };
    await expect(fit(t, { store, every: { epochs: 1 }, monitor: 'val_elbo' })).rejects.toThrow('killed');
    expect(await inner.list()).toEqual(['best-000000000007.safetensors']);
  });

  test('a store with a run that is further on is refused before the first step', async () => {
    const store = memoryStore();
    await fit(trainer(), { store });
    const names = await store.list();
    const fresh = trainer();
    await expect(fit(fresh, { store })).rejects.toThrow(
      "checkpoint: memory holds 'step-000000000021.safetensors', but this run is at step 0: call trainer.resume(store)",
    );
    expect(fresh.steps).toBe(0);
    expect(await store.list()).toEqual(names);
    await fresh.resume(store);
    await fit(fresh, { store }, 4);
    expect(await stepsOf(store)).toEqual([21, 28]);
  });

  test('a damaged one further on does not push out those that are written', async () => {
    const store = memoryStore();
    await fit(trainer(), { store }, 3);
    await store.write('step-000000000021.safetensors', Uint8Array.of(1, 2, 3));
    const t = trainer();
    expect(await t.resume(store)).toMatchObject({ steps: 14, damaged: [{ name: 'step-000000000021.safetensors' }] });
    const seen: number[][] = [];
    const write = store.write.bind(store);
    const watched: FileStore = {
      ...store,
      async write(name, bytes) {
        seen.push(await stepsOf(store));
        await write(name, bytes);
      },
    };
    await fit(t, { store: watched, every: { steps: 3 } }, 4);
    expect(seen.slice(0, 4)).toEqual([
      [14, 21],
      [14, 17, 21],
      [17, 20, 21],
      [20, 21, 23],
    ]);
    // Whose it is cannot be told, so it stays.
    expect(await stepsOf(store)).toEqual([21, 26, 28]);
  });

  test('a run that early stopping had ended ends at once when it is resumed', async () => {
    const store = memoryStore();
    const run = async () => {
      const t = trainer();
      await t.resume(store);
      const stopping = earlyStopping({ patience: 1, minDelta: 1e9 });
      const callbacks = [stopping, checkpoint({ store })];
      const history = await t.fit(images, { totalEpochs: 9, batchSize: 8, validationData: images, callbacks });
      const weights = Object.values(t.model.variables()).map(v => Array.from(v.dataSync()));
      return { history, weights, steps: t.steps, stopped: stopping.stopped };
    };
    const first = await run();
    expect(first).toMatchObject({ steps: 14, stopped: true });
    expect(await run()).toEqual(first);
  });

  test('refuses options that are out of range', () => {
    expect(() => checkpoint({ store: memoryStore(), keep: 0 })).toThrow('keep must be a positive number, got 0');
    expect(() => checkpoint({ store: memoryStore(), every: { steps: -1 } })).toThrow('steps must be a positive number');
  });
});

describe('parseProgress', () => {
  const progress = {
    ...newProgress(7),
    history: { epoch: [0], history: { loss: [1], reconstruction: [2] }, seed: 7 },
    sums: { a: [1, 2] },
  };

  test('series keep their order; those that are always there come last where the file lacks them', () => {
    const of = (history: object) =>
      Object.keys(parseProgress({ ...progress, history: { ...progress.history, history } }).history.history);
    expect(of({ kl: [1], reconstruction: [1], loss: [1] })).toEqual(['kl', 'reconstruction', 'loss']);
    expect(of({ kl: [1] })).toEqual(['kl', 'loss', 'reconstruction']);
  });

  test('gives the known fields back, and nothing else', () => {
    expect(parseProgress({ ...progress, size: 5, other: 1 })).toEqual({ ...progress, size: 5 });
    const sneaky = parseProgress(fromJson(`{"__proto__":{"polluted":1},${toJson(progress).slice(1)}`));
    expect(Object.getPrototypeOf(sneaky)).toBe(Object.prototype);
    expect('polluted' in sneaky).toBe(false);
  });

  test.each<[string, unknown, string]>([
    ['no object', [], 'progress must be an object, got []'],
    ['a negative count', { ...progress, steps: -1 }, 'steps must be a count, got -1'],
    ['a size that is none', { ...progress, size: '5' }, 'size must be a count, got "5"'],
    ['sums of one number', { ...progress, sums: { a: [1] } }, "sums of 'a' must be two numbers, got [1]"],
    ['sums of text', { ...progress, sums: { a: [1, '2'] } }, `sums of 'a' must be two numbers, got [1,"2"]`],
    [
      'series of another length',
      { ...progress, history: { ...progress.history, history: { kl: [] } } },
      "history of 'kl' must be 1 numbers, one for each epoch, got []",
    ],
    [
      'no seed',
      { ...progress, history: { epoch: [], history: {} } },
      'history.seed must be a whole number, got nothing',
    ],
  ])('refuses %s', (_, value, message) => {
    expect(() => parseProgress(value)).toThrow(`readCheckpoint: ${message}`);
  });
});

test('plain JSON brings back every number, and leaves what only looks like one', () => {
  const value = { a: [Number.NaN, -0, 0, Infinity, -Infinity, 1e-320], b: { number: 3 }, c: { number: 'x' }, d: null };
  expect(fromJson(toJson(value))).toEqual(value);
});
