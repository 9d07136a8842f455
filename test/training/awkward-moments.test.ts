import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { memoryStore } from '../../src/data/file-store';
import { sprites } from '../../src/datasets/sprites';
import { BernoulliDecoder } from '../../src/models/bernoulli-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import { mlpVae } from '../../src/models/mlp-vae';
import { Vae } from '../../src/models/vae';
import { elboObjective } from '../../src/objectives/elbo-objective';
import type { Objective } from '../../src/objectives/objective';
import { accumulateGradients } from '../../src/optimizers/accumulate-gradients';
import { Adam } from '../../src/optimizers/adam';
import type { Optimizer } from '../../src/optimizers/optimizer';
import { perPart } from '../../src/optimizers/per-part';
import { checkpoint } from '../../src/training/callbacks/checkpoint';
import { ema } from '../../src/training/callbacks/ema';
import { VaeTrainer } from '../../src/training/trainer';
import { weightsOf } from '../support/networks';

const { images } = sprites({ count: 32, size: 8, seed: 3 });
const make = (optimizer?: Optimizer, objective?: Objective) =>
  new VaeTrainer({
    model: mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [5], seed: 1 }),
    seed: 2,
    ...(optimizer && { optimizer }),
    ...(objective && { objective }),
  });
const options = { totalEpochs: 2, batchSize: 8 }; // 4 steps an epoch

function release(...trainers: VaeTrainer[]): void {
  for (const trainer of trainers) {
    trainer.dispose();
    trainer.model.dispose?.();
  }
}

describe('the place is kept', () => {
  test.each([
    ['data of another shape', (trainer: VaeTrainer) => trainer.fit(tf.zeros([10, 7]), options)],
    [
      'a callback that fails at the start',
      (trainer: VaeTrainer) => trainer.fit(images, { ...options, callbacks: failing('onTrainBegin') }),
    ],
    [
      'a callback that fails at rest',
      (trainer: VaeTrainer) =>
        trainer.fit(images, { ...options, callbacks: { ...failing('onIdle'), wantsIdle: () => trainer.steps === 6 } }),
    ],
  ])('through a fit that fails: %s', async (_, fail) => {
    const [unbroken, trainer] = [make(), make()];
    const expected = await unbroken.fit(images, options);
    await trainer.fit(images, {
      ...options,
      callbacks: { onStep: () => void (trainer.steps === 3 && trainer.stop()) },
    });
    await expect(fail(trainer)).rejects.toThrow();
    expect(await trainer.fit(images, options)).toEqual(expected);
    expect(weightsOf(trainer.model)).toEqual(weightsOf(unbroken.model));
    release(unbroken, trainer);
  });

  test('a stop while fit is still opening the data is heard', async () => {
    const trainer = make();
    const fitting = trainer.fit(images, options);
    trainer.stop();
    await fitting;
    expect(trainer.steps).toBe(0);
    release(trainer);
  });

  test('more epochs than asked for are there already: nothing to do', async () => {
    const trainer = make();
    await trainer.fit(images, { epochs: 3, batchSize: 8 });
    const seen: number[] = [];
    const { epoch } = await trainer.fit(images, {
      ...options,
      callbacks: { setParams: ({ initialEpoch, epochs }) => seen.push(initialEpoch, epochs) },
    });
    expect([epoch.length, trainer.steps, ...seen]).toEqual([3, 12, 3, 3]);
    release(trainer);
  });
});

function failing(hook: string) {
  return {
    [hook]: () => {
      throw new Error(`${hook} fails`);
    },
  };
}

test.each(['onTestBegin', 'onTestEnd'])('a callback that fails in %s leaves no averaged weights behind', async hook => {
  for (const before of [true, false]) {
    const trainer = make();
    const average = ema({ decay: 0.5 });
    const callbacks = before ? [failing(hook), average] : [average, failing(hook)];
    const trained: Record<string, number[]>[] = [];
    const watching = { onStep: () => void trained.push(weightsOf(trainer.model)) };
    await expect(
      trainer.fit(images, { ...options, validationData: images, callbacks: [watching, ...callbacks] }),
    ).rejects.toThrow(`${hook} fails`);
    expect(weightsOf(trainer.model)).toEqual(trained.at(-1));
    average.dispose();
    release(trainer);
  }
});

describe('what a checkpoint is refused for', () => {
  const adam = () => new Adam();
  const parts = (a: string, b: string) => perPart([a, b].map(part => ({ part, optimizer: adam() })));
  test.each([
    ['Adam for accumulated Adam', adam, () => accumulateGradients(adam(), { steps: 2 })],
    ['accumulated Adam for Adam', () => accumulateGradients(adam(), { steps: 2 }), adam],
    [
      'groups of another length',
      () => accumulateGradients(adam(), { steps: 3 }),
      () => accumulateGradients(adam(), { steps: 4 }),
    ],
    ['parts in another order', () => parts('encoder/', 'decoder/'), () => parts('decoder/', 'encoder/')],
  ])('%s', async (_, saved, here) => {
    const store = memoryStore();
    const [first, second] = [make(saved()), make(here())];
    await first.fit(images, { ...options, callbacks: checkpoint({ store }) });
    const before = weightsOf(second.model);
    await expect(second.resume(store)).rejects.toThrow(/resume: the optimizer is .* here, but was /);
    expect(weightsOf(second.model)).toEqual(before);
    expect(second.steps).toBe(0);
    release(first, second);
  });

  test('an unseeded dropout within a wrapper', async () => {
    const { dense, dropout, gru, bidirectional, timeDistributed, flatten } = tf.layers;
    for (const inner of [
      [timeDistributed({ layer: dropout({ rate: 0.5 }) }), flatten()],
      [bidirectional({ layer: gru({ units: 3, dropout: 0.4 }), mergeMode: 'concat' })],
    ]) {
      const network = tf.sequential({
        layers: [tf.layers.reshape({ inputShape: [8, 8, 1], targetShape: [8, 8] }), ...inner, dense({ units: 4 })],
      });
      const decoder = tf.sequential({
        layers: [dense({ inputShape: [2], units: 64 }), tf.layers.reshape({ targetShape: [8, 8, 1] })],
      });
      const model = new Vae({
        encoder: new GaussianEncoder({ network, latentDim: 2 }),
        decoder: new BernoulliDecoder({ network: decoder }),
      });
      const trainer = new VaeTrainer({ model });
      await expect(trainer.snapshot()).rejects.toThrow(/of the encoder has no seed/);
      release(trainer);
    }
  });

  test('options of checkpoint that nobody knows', () => {
    const store = memoryStore();
    expect(() => checkpoint({ store, every: { epoch: 1 } as object })).toThrow('every takes steps, epochs and seconds');
    expect(() => checkpoint({ store, monitor: 'val_elbo', mode: 'maximum' as 'max' })).toThrow(
      'mode cannot be maximum',
    );
    expect(() => checkpoint({} as { store: never })).toThrow('store must be a FileStore');
  });
});

test('a stream that is stopped within an epoch: the history, and no checkpoint that could not go on', async () => {
  const store = memoryStore();
  const trainer = make();
  const stream = () =>
    Array.from({ length: 4 }, () => ({ values: images.values, shape: images.shape, scale: 1 / 255 }));
  const stopping = { onStep: () => void (trainer.steps === 6 && trainer.stop()) };
  const { epoch } = await trainer.fit(stream, { epochs: 3, callbacks: [stopping, checkpoint({ store })] });
  expect(epoch).toEqual([0]);
  expect(await store.list()).toEqual(['step-000000000004.safetensors']);
  release(trainer);
});

test('states of callbacks pass through a resume that is followed by no fit, and nothing leaks', async () => {
  const store = memoryStore();
  const [first, second] = [make(), make()];
  const [one, two] = [ema(), ema()];
  await first.fit(images, { ...options, callbacks: [one, checkpoint({ store })] });
  const tensors = () => tf.memory().numTensors;
  await second.resume(store);
  const held = tensors();
  await second.resume(store);
  expect(tensors()).toBe(held);
  const snapshot = await second.snapshot();
  expect(snapshot.callbacks['ema']).toEqual({ count: 8 });
  expect(Object.keys(snapshot.tensors).some(path => path.startsWith('callback/ema/'))).toBe(true);
  // A run that is not saved any more is the same run.
  await second.fit(images, { totalEpochs: 3, batchSize: 8, callbacks: two });
  expect(two.count).toBe(12);
  tf.dispose(snapshot.tensors);
  one.dispose();
  two.dispose();
  release(first, second);
});

test('a player that is not finite is named', async () => {
  const weight = tf.variable(tf.scalar(1) as tf.Tensor);
  const objective: Objective = {
    ...elboObjective(),
    players: () => [
      { name: 'judge', variables: () => ({ weight }), loss: () => tf.log(tf.mul(-1, tf.abs(weight))) as tf.Scalar },
    ],
  };
  const trainer = make(undefined, objective);
  await expect(trainer.fit(images, options)).rejects.toThrow(
    /judgeLoss is NaN at step 0 .*; no update that is not finite was made/,
  );
  expect(weight.dataSync()[0]).toBe(1);
  weight.dispose();
  release(trainer);
});
