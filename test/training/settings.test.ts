import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { type FileStore, memoryStore } from '../../src/data/file-store';
import type { RowReader } from '../../src/data/row-reader';
import { addNoise } from '../../src/data/transforms';
import type { Distribution } from '../../src/distributions/distribution';
import { Dropout } from '../../src/layers/dropout';
import { BernoulliDecoder } from '../../src/models/bernoulli-decoder';
import type { Decoder } from '../../src/models/decoder';
import { GaussianDecoder } from '../../src/models/gaussian-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import { mlpVae } from '../../src/models/mlp-vae';
import { Vae } from '../../src/models/vae';
import { elboObjective } from '../../src/objectives/elbo-objective';
import { iwaeObjective } from '../../src/objectives/iwae-objective';
import { Adam } from '../../src/optimizers/adam';
import { AdamW } from '../../src/optimizers/adam-w';
import { linearSchedule } from '../../src/schedules/linear';
import { checkpoint } from '../../src/training/callbacks/checkpoint';
import { VaeTrainer } from '../../src/training/trainer';
import type { VaeTrainerOptions } from '../../src/training/trainer-state';
import { disposeTrainersAfterEach } from '../support/dispose-trainers';
import { weightsOf } from '../support/networks';

const data = (offset: number, count = 12) => ({
  values: Uint8Array.from({ length: count * 6 }, (_, i) => (i * 31 + offset) % 256),
  shape: [count, 6],
  scale: 1 / 255,
});
const x = data(0);
const disposedLater = disposeTrainersAfterEach();

type Built = { activation?: 'relu' | 'tanh'; rate?: number; gaussian?: boolean };

function model({ activation = 'relu', rate = 0.1, gaussian = false }: Built = {}): Vae {
  const { dense } = tf.layers;
  const seeded = (seed: number) => ({ kernelInitializer: tf.initializers.glorotUniform({ seed }) });
  const network = tf.sequential({
    layers: [dense({ inputShape: [6], units: 4, activation, ...seeded(1) }), new Dropout({ rate })],
  });
  const decoder = tf.sequential({ layers: [dense({ inputShape: [2], units: 6, ...seeded(2) })] });
  return new Vae({
    encoder: new GaussianEncoder({ network, latentDim: 2, seed: 3 }),
    decoder: (gaussian
      ? new GaussianDecoder({ network: decoder, sigma: 1 })
      : new BernoulliDecoder({ network: decoder })) as Decoder<Distribution>,
  });
}

function trainer(options: Partial<VaeTrainerOptions> = {}, built: Built = {}): VaeTrainer {
  return disposedLater(new VaeTrainer({ model: model(built), seed: 2, ...options }));
}

async function saved(options: Partial<VaeTrainerOptions> = {}, built: Built = {}): Promise<FileStore> {
  const store = memoryStore();
  await trainer(options, built).fit(x, { epochs: 1, batchSize: 4, callbacks: checkpoint({ store }) });
  return store;
}

describe('settings that are as they were', () => {
  test.each<[string, () => Partial<VaeTrainerOptions>]>([
    ['the default ones', () => ({})],
    ['schedules', () => ({ learningRate: linearSchedule({ from: 0.1, to: 0.01, steps: 50 }), clipNorm: 3 })],
    [
      'AdamW, capacity, a transform',
      () => ({
        optimizer: new AdamW({ weightDecay: 0.1 }),
        objective: elboObjective({ capacity: { target: 3 } }),
        transforms: [addNoise({ stddev: 0.1 })],
      }),
    ],
  ])('%s: nothing changed, all was compared', async (_, options) => {
    const store = await saved(options());
    const t = trainer(options());
    const resumed = await t.resume(store);
    expect(resumed).toMatchObject({ changed: [], unchecked: [] });
    await t.fit(x, { totalEpochs: 2, batchSize: 4 });
    expect(resumed).toMatchObject({ changed: [], unchecked: [] });
  });
});

describe('settings that changed', () => {
  test.each<[string, Partial<VaeTrainerOptions>, Partial<VaeTrainerOptions>, object]>([
    ['β', {}, { objective: elboObjective({ beta: 4 }) }, { setting: 'objective.beta', was: '1', now: '4' }],
    [
      'the objective',
      {},
      { objective: iwaeObjective({ samples: 3 }) },
      { setting: 'objective.kind', was: '"elbo"', now: '"iwae"' },
    ],
    [
      'the learning rate',
      { learningRate: 0.1 },
      { learningRate: 0.2 },
      { setting: 'optimizer.learningRate', was: '0.1', now: '0.2' },
    ],
    [
      'β2',
      {},
      { optimizer: new Adam({ beta2: 0.9 }) },
      { setting: 'optimizer.beta2', was: expect.stringMatching(/^0\.999/), now: expect.stringMatching(/^0\.(9|89)/) },
    ],
    [
      'the weight decay',
      {},
      { optimizer: new AdamW() },
      { setting: 'optimizer.weightDecay', was: 'nothing', now: '0.01' },
    ],
    ['clipNorm', {}, { clipNorm: 5 }, { setting: 'clipNorm', was: 'null', now: '5' }],
    [
      'a transform',
      {},
      { transforms: [addNoise({ stddev: 0.5 })] },
      { setting: 'transforms.0.stddev', was: 'nothing', now: '0.5' },
    ],
  ])('%s is told', async (_, before, now, change) => {
    const { changed } = (await trainer(now).resume(await saved(before)))!;
    expect(changed).toContainEqual(change);
  });

  test('a schedule is told by its values', async () => {
    const rate = (to: number) => ({ learningRate: linearSchedule({ from: 0.1, to, steps: 50 }) });
    const { changed } = (await trainer(rate(0.02)).resume(await saved(rate(0.01))))!;
    expect(changed).toMatchObject([
      { setting: 'optimizer.learningRate', was: expect.stringContaining('0.01 at step 100') },
    ]);
  });

  test('what is a function of your own is said to be unchecked', async () => {
    const own = () => ({
      objective: { evaluate: elboObjective().evaluate },
      optimizer: new AdamW({ decay: path => path.includes('kernel') }),
      transforms: [batch => batch] as VaeTrainerOptions['transforms'] & {},
    });
    const { changed, unchecked } = (await trainer(own()).resume(await saved(own())))!;
    expect(changed).toEqual([]);
    expect(unchecked).toEqual([
      'objective: an objective without config',
      'optimizer.decay: a function',
      'transforms.0: a function',
    ]);
  });

  test.each<[string, Built, string]>([
    [
      'another activation',
      { activation: 'tanh' },
      'encoder.network.config.layers.0.config.activation was "relu" and is "tanh"',
    ],
    ['another dropout', { rate: 0.5 }, 'config.rate was 0.1 and is 0.5'],
    ['another likelihood', { gaussian: true }, 'model.support was "unitInterval" and is "real"'],
  ])('%s is refused, unless asked for', async (_, built, message) => {
    const store = await saved();
    const t = trainer({}, built);
    const before = weightsOf(t.model);
    await expect(t.resume(store)).rejects.toThrow('resume: the model is not that of the checkpoint: ');
    await expect(t.resume(store)).rejects.toThrow(message);
    expect(weightsOf(t.model)).toEqual(before);
    const { changed } = (await t.resume(store, { acceptChanges: true }))!;
    expect(changed.length).toBeGreaterThan(0);
    expect(t.steps).toBe(3);
  });
});

describe('data', () => {
  const options = { totalEpochs: 2, batchSize: 4 };

  test.each<[string, Parameters<VaeTrainer['fit']>[0], string]>([
    ['of other values', data(1), 'data.x.firstRows was '],
    ['of another size', data(0, 16), 'data.size was 12 and is 16'],
    ['in another form', [{ x: tf.zeros([4, 6]) }], 'data.size was 12 and is nothing'],
  ])('%s are refused before the first step, unless asked for', async (_, other, message) => {
    const store = await saved();
    const t = trainer();
    await t.resume(store);
    await expect(t.fit(other, options)).rejects.toThrow('fit: the data are not those of the run that was resumed: ');
    await expect(t.fit(other, options)).rejects.toThrow(message);
    expect(t.steps).toBe(3);
    const resumed = (await t.resume(store, { acceptChanges: true }))!;
    expect(resumed.changed).toEqual([]);
    await t.fit(other, options);
    expect(resumed.changed.length).toBeGreaterThan(0);
  });

  test('the same in memory and from a reader', async () => {
    const reader: RowReader = {
      kind: 'rowReader',
      size: 12,
      shapes: { x: [12, 6] },
      read: async rows => ({
        x: {
          values: Float32Array.from(
            rows.length * 6
              ? [...rows].flatMap(r => Array.from({ length: 6 }, (_, i) => x.values[r * 6 + i]! / 255))
              : [],
          ),
          shape: [rows.length, 6],
        },
      }),
    };
    const t = trainer();
    const resumed = await t.resume(await saved());
    await t.fit(reader, options);
    expect(resumed).toMatchObject({ changed: [], unchecked: [] });
  });

  test('of several stages: killed in the second or between the two, the program goes on', async () => {
    const second = data(7);
    const run = async (stop: number) => {
      const store = memoryStore();
      for (const at of [stop, Infinity]) {
        const t = trainer();
        await t.resume(store);
        const callbacks = [{ onStep: () => void (t.steps === at && t.stop()) }, checkpoint({ store })];
        await t.fit(x, { totalEpochs: 1, batchSize: 4, callbacks });
        if (t.steps === at) continue;
        await t.fit(second, { ...options, callbacks });
        if (at === Infinity) return weightsOf(t.model);
      }
      throw new Error('never reached');
    };
    expect(await run(3)).toEqual(await run(5));
  });

  test('a stream is unchecked', async () => {
    const stream = () => [{ values: x.values, shape: x.shape, scale: x.scale }];
    const store = memoryStore();
    await trainer().fit(stream, { epochs: 1, callbacks: checkpoint({ store }) });
    const t = trainer();
    const resumed = await t.resume(store);
    await t.fit(stream, { totalEpochs: 2 });
    expect(resumed).toMatchObject({ changed: [], unchecked: ['data: a stream'] });
  });
});

test('a checkpoint as the first release wrote it loads, goes on, and says what could not be compared', async () => {
  const folder = new URL('../golden/checkpoints/', import.meta.url);
  const { history, weights } = JSON.parse(readFileSync(new URL('v1-without-run.json', folder), 'utf8'));
  const store = memoryStore();
  await store.write('step-000000000006.safetensors', readFileSync(new URL('v1-without-run.safetensors', folder)));
  const t = disposedLater(new VaeTrainer({ model: mlpVae({ inputShape: [6], latentDim: 2, hidden: [4], seed: 9 }) }));
  const resumed = await t.resume(store);
  expect(resumed).toMatchObject({ steps: 6, epochs: 2, changed: [], damaged: [] });
  expect(resumed!.unchecked).toEqual([
    'settings and data: the checkpoint is from before checkpoints held them, and before runs had an id; its run is told from others by the seed alone',
  ]);
  expect(weightsOf(t.model)).toEqual(weights);
  const after = await t.fit(
    { values: new Float32Array(60), shape: [10, 6] },
    {
      totalEpochs: 3,
      batchSize: 4,
      validationData: { values: new Float32Array(60), shape: [10, 6] },
      callbacks: checkpoint({ store, monitor: 'val_elbo' }),
    },
  );
  expect(after.history['loss']!.slice(0, 2)).toEqual(history.history.loss);
  expect(await t.resume(store)).toMatchObject({ steps: 9, unchecked: [] });
});

describe('while fit is under way', () => {
  test('step, dispose, and a snapshot away from rest are refused, and nothing is lost', async () => {
    const t = trainer();
    const failures: string[] = [];
    const attempt = async (work: () => unknown) => {
      await Promise.resolve()
        .then(work)
        .catch((error: Error) => failures.push(error.message));
    };
    let wanted = true;
    const batch = tf.zeros([4, 6]);
    await t.fit(x, {
      epochs: 2,
      batchSize: 4,
      callbacks: {
        async onBatchEnd() {
          if (!wanted) return;
          wanted = false;
          await attempt(() => t.step({ x: batch }));
          await attempt(() => t.dispose());
          await attempt(() => t.snapshot());
        },
        wantsIdle: when => when === 'epoch',
        async onIdle() {
          tf.dispose((await t.snapshot()).tensors);
        },
      },
    });
    expect(failures).toEqual([
      'VaeTrainer.step: this trainer is training; await or stop it',
      'VaeTrainer.dispose: this trainer is training; await or stop it',
      expect.stringContaining('snapshot: fit is under way, and a step may be on its way'),
    ]);
    expect(t.steps).toBe(6);
    batch.dispose();
  });

  test('names of the prototype are names like any other', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const counting = () => {
        let count = 0;
        return {
          name,
          state: () => ({ count }),
          loadState(state: unknown) {
            count = (state as { count: number }).count;
          },
          onStep: () => void count++,
          count: () => count,
        };
      };
      const store = memoryStore();
      await trainer().fit(x, { epochs: 1, batchSize: 4, callbacks: [counting(), checkpoint({ store })] });
      const t = trainer();
      await t.resume(store);
      const second = counting();
      await t.fit(x, { epochs: 1, batchSize: 4, callbacks: [second, checkpoint({ store })] });
      expect(second.count()).toBe(6);
      expect(Object.keys(Object.prototype)).toEqual([]);
    }
  });
});
