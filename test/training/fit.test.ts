import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { Batch } from '../../src/data/batch';
import { Dropout } from '../../src/layers/dropout';
import { BernoulliDecoder } from '../../src/models/bernoulli-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import { mlpVae } from '../../src/models/mlp-vae';
import { Vae } from '../../src/models/vae';
import { elboObjective } from '../../src/objectives/elbo-objective';
import { linearSchedule } from '../../src/schedules/linear';
import type { TrainerCallback } from '../../src/training/callbacks';
import type { History } from '../../src/training/history';
import { VaeTrainer } from '../../src/training/trainer';
import { describeBackends } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { mlp, pixels, pixelTensor, weightsOf } from '../support/networks';

const SIZE = 6;
const COUNT = 22;
const data = () => ({ values: pixels(COUNT, SIZE), shape: [COUNT, SIZE] });
const model = (more = {}) => mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [5], seed: 1, ...more });

/** A model that a careless trainer would not repeat: dropout, and statistics of batches. */
function restless() {
  const encoder = tf.sequential({
    layers: [
      tf.layers.dense({
        inputShape: [SIZE],
        units: 8,
        kernelInitializer: tf.initializers.glorotUniform({ seed: 4 }),
      }),
      tf.layers.batchNormalization(),
      new Dropout({ rate: 0.3, seed: 2, name: `fit-${++restless.count}` }),
    ],
  });
  return new Vae({
    encoder: new GaussianEncoder({ network: encoder, latentDim: 2, seed: 3 }),
    decoder: new BernoulliDecoder({ network: mlp([2, 5, SIZE]) }),
  });
}
restless.count = 0;

async function run(options: { seed?: number; epochs?: number; validate?: boolean } = {}): Promise<History> {
  const { seed = 7, epochs = 3, validate = false } = options;
  const vae = model();
  const trainer = new VaeTrainer({ model: vae, seed });
  const history = await trainer.fit(data(), { epochs, batchSize: 8, ...(validate && { validationData: data() }) });
  trainer.dispose();
  vae.dispose();
  return history;
}

describeBackends('fit', () => {
  test('a seed repeats its history bit for bit; another seed gives another', async () => {
    const first = await run();
    expect(await run()).toEqual(first);
    expect((await run({ seed: 8 })).history['loss']).not.toEqual(first.history['loss']);
    expect((await run({ seed: 0 })).seed).toBe(0);
  });

  test('the loss falls', async () => {
    const vae = model();
    const trainer = new VaeTrainer({ model: vae, seed: 1, learningRate: 0.02 });
    const before = await trainer.evaluate(data());
    await trainer.fit(data(), { epochs: 15, batchSize: 8 });
    const after = await trainer.evaluate(data());
    expect(after.loss).toBeLessThan(before.loss - 0.2);
    trainer.dispose();
    vae.dispose();
  });

  test('1,000 steps leave no tensor behind from the second on, and dispose gives all back', async () => {
    const start = tf.memory().numTensors;
    const vae = model({ decoder: { sigma: 'optimal', mean: 'sigmoid' } });
    const trainer = new VaeTrainer({ model: vae, seed: 1, clipNorm: 1 });
    const x = pixelTensor(8, SIZE);
    const counts: number[] = [];
    for (let i = 0; i < 400; i++) {
      const terms = trainer.step({ x });
      tf.dispose(terms);
      counts.push(tf.memory().numTensors);
    }
    expect(new Set(counts.slice(1)).size).toBe(1);
    await trainer.fit(data(), { epochs: 200, batchSize: 8, validationData: x });
    expect(trainer.steps).toBe(1000);
    expect(tf.memory().numTensors).toBe(counts[1]);
    await trainer.evaluate(x);
    tf.tidy(() => void trainer.step({ x }));
    expect(tf.memory().numTensors).toBe(counts[1]);
    trainer.dispose();
    trainer.dispose();
    vae.dispose();
    x.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });

  test('timers tick while it trains', async () => {
    const vae = mlpVae({ inputShape: [64], latentDim: 2, hidden: [64], seed: 1 });
    const trainer = new VaeTrainer({ model: vae, seed: 1 });
    const field = { values: pixels(256, 64), shape: [256, 64] };
    await trainer.fit(field, { epochs: 1, batchSize: 64 });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const since = performance.now();
    while (performance.now() - since < 300) await trainer.fit(field, { epochs: 5, batchSize: 64 });
    clearInterval(timer);
    const took = performance.now() - since;
    expect(ticks, `${ticks} ticks in ${took} ms`).toBeGreaterThan(took / 100);
    trainer.dispose();
    vae.dispose();
  });
});

test('cpu and wasm agree: 20 steps to 1e-4', async () => {
  const losses: number[][] = [];
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const vae = model();
    const trainer = new VaeTrainer({ model: vae, seed: 7, learningRate: 0.01 });
    const seen: number[] = [];
    const callbacks: TrainerCallback = { onBatchEnd: (_, logs) => void seen.push(logs!['loss']!) };
    await trainer.fit({ values: pixels(80, SIZE), shape: [80, SIZE] }, { epochs: 2, batchSize: 8, callbacks });
    losses.push(seen);
    trainer.dispose();
    vae.dispose();
  }
  await tf.setBackend('cpu');
  expect(losses[0]!.length).toBe(20);
  expectClose(losses[1]!, losses[0]!, { tolerance: 1e-4, floor: 0.1 });
});

describe('history', () => {
  test('has the shape of that of LayersModel.fit, schedules and validation included', async () => {
    const vae = model();
    const objective = elboObjective({ beta: linearSchedule({ from: 0, to: 1, steps: 6 }) });
    const trainer = new VaeTrainer({ model: vae, objective, seed: 3 });
    const { epoch, history, seed } = await trainer.fit(data(), { epochs: 2, batchSize: 8, validationData: data() });
    expect({ epoch, seed }).toEqual({ epoch: [0, 1], seed: 3 });
    expect(Object.keys(history).sort()).toEqual(
      ['loss', 'elbo', 'reconstruction', 'kl', 'beta', 'val_loss', 'val_elbo', 'val_reconstruction', 'val_kl'].sort(),
    );
    expect(Object.values(history).every(series => series.length === 2 && series.every(Number.isFinite))).toBe(true);
    // β at steps 0, 1, 2, over batches of 8, 8 and 6 examples; and loss, KL and reconstruction belong together.
    expectClose([history['beta']![0]!], [(8 * 0 + 8 * (1 / 6) + 6 * (2 / 6)) / 22], { tolerance: 1e-6 });
    expectClose([history['elbo']![1]!], [-history['reconstruction']![1]! - history['kl']![1]!], { tolerance: 1e-5 });
    trainer.dispose();
    vae.dispose();
  });

  test('a seed that was drawn is reported, and repeats the run', async () => {
    const vae = model();
    const trainer = new VaeTrainer({ model: vae });
    const drawn = await trainer.fit(data(), { epochs: 3, batchSize: 8 });
    expect(drawn.seed).toBe(trainer.seed);
    expect(await run({ seed: drawn.seed })).toEqual(drawn);
  });

  test('fit goes on where it stood, and what it returned does not change', async () => {
    const whole = await run({ epochs: 3 });
    const vae = model();
    const trainer = new VaeTrainer({ model: vae, seed: 7 });
    const first = await trainer.fit(data(), { epochs: 1, batchSize: 8 });
    const second = await trainer.fit(data(), { epochs: 2, batchSize: 8 });
    expect(second).toEqual(whole);
    expect(first.epoch).toEqual([0]);
  });
});

describe('evaluating', () => {
  test('between steps does not shift training', async () => {
    const plain = await run();
    const validated = await run({ validate: true });
    expect(validated.history['loss']).toEqual(plain.history['loss']);
    const vae = model();
    const trainer = new VaeTrainer({ model: vae, seed: 7 });
    const callbacks = { onBatchEnd: () => trainer.evaluate(data()) };
    expect((await trainer.fit(data(), { epochs: 3, batchSize: 8, callbacks })).history['loss']).toEqual(
      plain.history['loss'],
    );
  });

  test('does not depend on the batch size: the last, smaller batch counts for what it is', async () => {
    const vae = restless();
    const trainer = new VaeTrainer({ model: vae, seed: 7 });
    await trainer.fit(data(), { epochs: 1, batchSize: 8 });
    const whole = await trainer.evaluate(data(), { batchSize: COUNT });
    for (const batchSize of [1, 4, 7, 100]) {
      const parts = await trainer.evaluate(data(), { batchSize });
      expect(Object.keys(parts)).toEqual(['loss', 'elbo', 'reconstruction', 'kl']);
      expectClose(Object.values(parts), Object.values(whole), { tolerance: 1e-5, floor: 0.1 });
    }
  });

  test('weights count: an example of weight 2 is two examples', async () => {
    const trainer = new VaeTrainer({ model: model(), seed: 7 });
    const x = pixelTensor(5, SIZE);
    const alone: number[] = [];
    for (let i = 0; i < 5; i++) {
      const weights = tf.tensor1d([0, 1, 2, 3, 4].map(j => (i === j ? 1 : 0)));
      alone.push((await trainer.evaluate({ x, weights })).loss);
    }
    const weights = tf.tensor1d([2, 1, 0, 0.5, 4]);
    const expected = [2, 1, 0, 0.5, 4].reduce((a, w, i) => a + w * alone[i]!, 0) / 7.5;
    for (const batchSize of [5, 2]) {
      expectClose([(await trainer.evaluate({ x, weights }, { batchSize })).loss], [expected], { tolerance: 1e-5 });
    }
  });
});

describe('shuffling', () => {
  async function orders(options: { shuffle?: boolean }, seed = 7): Promise<number[][]> {
    const vae = model({ inputShape: [1] });
    const epochs: number[][] = [];
    const trainer = new VaeTrainer({
      model: vae,
      seed,
      transforms: [
        batch => {
          epochs.at(-1)!.push(...Array.from(batch.x.dataSync()).map(v => Math.round(v * 16)));
          return batch;
        },
      ],
    });
    const callbacks = { onEpochBegin: () => void epochs.push([]) };
    const x = Float32Array.from({ length: 16 }, (_, i) => i / 16);
    await trainer.fit({ values: x, shape: [16, 1] }, { epochs: 3, batchSize: 5, callbacks, ...options });
    return epochs;
  }

  test('each epoch is another permutation, a seed repeats them, and it can be turned off', async () => {
    const epochs = await orders({});
    const sorted = Array.from({ length: 16 }, (_, i) => i);
    for (const order of epochs) {
      expect(order).not.toEqual(sorted);
      expect([...order].sort((a, b) => a - b)).toEqual(sorted);
    }
    expect(new Set(epochs.map(String)).size).toBe(3);
    expect(await orders({})).toEqual(epochs);
    expect(await orders({}, 8)).not.toEqual(epochs);
    expect(await orders({ shuffle: false })).toEqual([sorted, sorted, sorted]);
  });
});

describe('callbacks', () => {
  test('are called in the order of LayersModel.fit, with their logs, and awaited', async () => {
    const calls: string[] = [];
    const logs: Record<string, string[]> = {};
    const hook =
      (name: string) =>
      async (...args: unknown[]) => {
        await new Promise(resolve => setTimeout(resolve, 1));
        calls.push(typeof args[0] === 'number' ? `${name} ${args[0]}` : name);
        const given = args.at(-1);
        if (given && typeof given === 'object') logs[name] = Object.keys(given);
      };
    const names = [
      'onTrainBegin',
      'onTrainEnd',
      'onEpochBegin',
      'onEpochEnd',
      'onBatchBegin',
      'onBatchEnd',
      'setParams',
    ];
    const callback = Object.fromEntries(names.map(name => [name, hook(name)])) as TrainerCallback;
    const trainer = new VaeTrainer({ model: model(), seed: 1 });
    await trainer.fit(data(), { epochs: 2, batchSize: 11, callbacks: [callback], validationData: data() });
    const batches = calls.filter(c => c.startsWith('onBatchEnd'));
    expect(batches).toEqual(['onBatchEnd 0', 'onBatchEnd 1', 'onBatchEnd 0', 'onBatchEnd 1']);
    const others = calls.filter(c => !c.startsWith('onBatch') && c !== 'setParams');
    expect(others).toEqual([
      'onTrainBegin',
      'onEpochBegin 0',
      'onEpochEnd 0',
      'onEpochBegin 1',
      'onEpochEnd 1',
      'onTrainEnd',
    ]);
    expect(calls.indexOf('onEpochEnd 0')).toBeGreaterThan(calls.indexOf('onBatchEnd 1'));
    expect(logs['setParams']).toEqual(['initialEpoch', 'epochs', 'batchSize', 'samples', 'steps']);
    expect(logs['onBatchBegin']).toEqual(['batch', 'size']);
    expect(logs['onBatchEnd']).toEqual(['batch', 'size', 'loss', 'elbo', 'reconstruction', 'kl', 'beta']);
    expect(logs['onEpochEnd']).toContain('val_loss');
  });

  test("tfjs's early stopping stops", async () => {
    const vae = model();
    const trainer = new VaeTrainer({ model: vae, seed: 1 });
    const callbacks = tf.callbacks.earlyStopping({ monitor: 'val_loss', minDelta: 1e3 });
    const { epoch } = await trainer.fit(data(), { epochs: 9, batchSize: 11, validationData: data(), callbacks });
    expect(epoch).toEqual([0, 1]);
    const further = await trainer.fit(data(), { epochs: 1, batchSize: 11 });
    expect(further.epoch).toEqual([0, 1, 2]);
  });

  test("tfjs's CustomCallback, and stopTraining from a callback", async () => {
    const trainer = new VaeTrainer({ model: model(), seed: 1 });
    let seen = 0;
    const custom = new tf.CustomCallback({ onEpochEnd: async () => void seen++ });
    const stop = {
      onEpochEnd: () => {
        trainer.stopTraining = true;
      },
    };
    await trainer.fit(data(), { epochs: 9, callbacks: [custom, stop] });
    expect(seen).toBe(1);
  });

  test('what is no callback is refused', async () => {
    const trainer = new VaeTrainer({ model: model(), seed: 1 });
    await expect(trainer.fit(data(), { epochs: 1, callbacks: 3 as unknown as TrainerCallback })).rejects.toThrow(
      'callbacks: expected objects with hooks such as onEpochEnd, got 3',
    );
    await expect(
      trainer.fit(data(), { epochs: 1, callbacks: { onBatchEnd: () => Promise.reject(new Error('mine')) } }),
    ).rejects.toThrow('mine');
    expect((await trainer.fit(data(), { epochs: 1 })).epoch).toEqual([0]);
  });
});

describe('an AbortSignal', () => {
  test.each([1, 2, 4, 5])(
    'after batch %i returns the history so far, and a further fit goes on bit for bit',
    async stop => {
      const make = () => {
        restless.count = 100; // the same name, so the same masks
        const vae = restless();
        return { vae, trainer: new VaeTrainer({ model: vae, seed: 7 }) };
      };
      const unbroken = make();
      const whole = await unbroken.trainer.fit(data(), { epochs: 3, batchSize: 8, validationData: data() });
      const { vae, trainer } = make();
      const controller = new AbortController();
      const callbacks = { onBatchBegin: () => void (trainer.steps === stop - 1 && controller.abort()) };
      const broken = await trainer.fit(data(), {
        epochs: 3,
        batchSize: 8,
        validationData: data(),
        callbacks,
        signal: controller.signal,
      });
      expect(trainer.steps).toBe(stop);
      expect(broken.epoch).toEqual(stop < 4 ? [] : [0]);
      const rest = await trainer.fit(data(), { epochs: stop < 4 ? 3 : 2, batchSize: 8, validationData: data() });
      expect(rest).toEqual(whole);
      expect(weightsOf(vae)).toEqual(weightsOf(unbroken.vae));
    },
  );

  test('that is aborted already means no step; AbortSignal.timeout works', async () => {
    const trainer = new VaeTrainer({ model: model(), seed: 1 });
    const none = await trainer.fit(data(), { epochs: 1, signal: AbortSignal.abort() });
    expect([none.epoch, trainer.steps]).toEqual([[], 0]);
    await trainer.fit(data(), { epochs: 2000, batchSize: 8, signal: AbortSignal.timeout(30) });
    expect(trainer.steps).toBeGreaterThan(0);
    expect(trainer.steps).toBeLessThan(6000);
  });

  test('other data do not go on in the middle of an epoch', async () => {
    const trainer = new VaeTrainer({ model: model(), seed: 7 });
    const controller = new AbortController();
    const callbacks = { onBatchBegin: () => void (trainer.steps === 1 && controller.abort()) };
    await trainer.fit(data(), { epochs: 1, batchSize: 8, callbacks, signal: controller.signal });
    const x = pixelTensor(16, SIZE);
    await trainer.fit(x, { epochs: 1, batchSize: 8 });
    expect(trainer.steps).toBe(4);
  });
});

describe('freezing', () => {
  test('between fits: a frozen layer stays, and moments keep to their variables', async () => {
    const make = () => {
      const decoder = mlp([2, 5, SIZE], 9);
      const vae = new Vae({
        encoder: new GaussianEncoder({ network: mlp([SIZE, 5]), latentDim: 2, seed: 1 }),
        decoder: new BernoulliDecoder({ network: decoder }),
      });
      return { vae, decoder };
    };
    const { vae, decoder } = make();
    const trainer = new VaeTrainer({ model: vae, seed: 1, learningRate: 0.01 });
    await trainer.fit(data(), { epochs: 2, batchSize: 8 });
    decoder.layers[0]!.trainable = false;
    const before = weightsOf(vae);
    expect(vae.trainableVariables().length).toBe(8);
    await trainer.fit(data(), { epochs: 2, batchSize: 8 });
    const after = weightsOf(vae);
    for (const [path, weights] of Object.entries(before)) {
      if (path.startsWith('decoder/0/')) expect(after[path], path).toEqual(weights);
      else expect(after[path], path).not.toEqual(weights);
    }
    decoder.layers[0]!.trainable = true;
    await trainer.fit(data(), { epochs: 1, batchSize: 8 });
    expect(weightsOf(vae)['decoder/0/kernel']).not.toEqual(before['decoder/0/kernel']);
  });

  test('a single variable, and everything', async () => {
    const vae = model();
    const trainer = new VaeTrainer({ model: vae, seed: 1 });
    const bias = vae.variables()['decoder/1/bias']!;
    bias.trainable = false;
    const before = weightsOf(vae);
    await trainer.fit(data(), { epochs: 1 });
    expect(weightsOf(vae)['decoder/1/bias']).toEqual(before['decoder/1/bias']);
    for (const v of Object.values(vae.variables())) v.trainable = false;
    await expect(trainer.fit(data(), { epochs: 1 })).rejects.toThrow('no trainable variable');
  });
});

describe('a step of one’s own', () => {
  test('is what fit does', async () => {
    const fitted = model();
    const trainer = new VaeTrainer({ model: fitted, seed: 7 });
    const x = data();
    await trainer.fit(x, { epochs: 1, batchSize: COUNT, shuffle: false });
    const own = model();
    const stepper = new VaeTrainer({ model: own, seed: 7 });
    await stepper.prepare();
    const batch: Batch = { x: tf.tensor2d(x.values, [COUNT, SIZE]) };
    tf.tidy(() => {
      const { loss, elbo, reconstruction, kl } = stepper.step(batch);
      expect([loss, elbo!, reconstruction, kl!].map(t => t.shape)).toEqual([[], [], [], []]);
    });
    expect(weightsOf(own)).toEqual(weightsOf(fitted));
    expect(batch.x.isDisposed).toBe(false);
  });
});
