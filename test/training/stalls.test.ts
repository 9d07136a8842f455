import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RowReader } from '../../src/data/row-reader';
import type { TrainingData } from '../../src/data/training-data';
import { mlpVae } from '../../src/models/mlp-vae';
import { VaeTrainer } from '../../src/training/trainer';
import { pixels, pixelTensor } from '../support/networks';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections';

const SIZE = 6;
const make = () => {
  const model = mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [5], seed: 1 });
  return { model, trainer: new VaeTrainer({ model, seed: 7 }) };
};
const batch = () => ({ values: pixels(4, SIZE), shape: [4, SIZE] });
const never = () => new Promise<never>(() => {});

beforeAll(() => tf.setBackend('cpu'));

expectNoUnhandledRejections();

/** Data that give a batch and then stall, and say what they were told. */
const stalling: Record<string, () => { data: TrainingData; told: { aborted: boolean } }> = {
  'an async generator': () => {
    const told = { aborted: false };
    const data = async function* ({ signal }: { signal: AbortSignal }) {
      signal.addEventListener('abort', () => {
        told.aborted = true;
      });
      yield batch();
      await never();
    };
    return { data, told };
  },
  'a reader': () => {
    const told = { aborted: false };
    const data: RowReader = {
      kind: 'rowReader',
      size: 40,
      shapes: { x: [40, SIZE] },
      async read(rows, signal) {
        signal?.addEventListener('abort', () => {
          told.aborted = true;
        });
        if (rows.includes(4)) await never();
        return { x: { values: pixels(rows.length, SIZE), shape: [rows.length, SIZE] } };
      },
    };
    return { data, told };
  },
  'tf.data': () => {
    let given = 0;
    const dataset = tf.data.generator(function* () {
      for (;;) yield pixelTensor(4, SIZE);
    });
    const data = dataset.mapAsync(async t => (given++ === 0 ? t : await never()));
    return { data: data as never, told: { aborted: true } };
  },
  'a generator that waits in its finally': () => {
    const data = async function* () {
      try {
        for (;;) yield batch();
      } finally {
        await never();
      }
    };
    return { data, told: { aborted: true } };
  },
};

const ends: Record<string, (trainer: VaeTrainer, controller: AbortController) => void> = {
  'the signal': (_, controller) => controller.abort(),
  stop: trainer => trainer.stop(),
};

describe.each(Object.entries(stalling))('%s that stalls', (form, open) => {
  test.each(Object.entries(ends))('is ended by %s', async (_, end) => {
    const { model, trainer } = make();
    const { data, told } = open();
    const controller = new AbortController();
    const callbacks = { onStep: () => void setTimeout(() => end(trainer, controller), 20) };
    const since = performance.now();
    const { epoch } = await trainer.fit(data, {
      epochs: 2,
      batchSize: 4,
      shuffle: false,
      signal: controller.signal,
      callbacks,
    });
    // A second is what a stream has to end.
    expect(performance.now() - since).toBeLessThan(5000);
    expect([epoch, told.aborted]).toEqual([[], true]);
    // Nothing is left behind: it trains on.
    const history = await trainer.fit(pixelTensor(8, SIZE), { epochs: 1 });
    expect(history.epoch.length).toBe(epoch.length + 1);
    trainer.dispose();
    model.dispose();
  });

  test.skipIf(form.includes('finally')).each(Object.entries(ends))(
    'as validation data is ended by %s, and the validation is made up for',
    async (_, end) => {
      const { model, trainer } = make();
      const { data } = open();
      const controller = new AbortController();
      const callbacks = { onTestBegin: () => void setTimeout(() => end(trainer, controller), 20) };
      const x = pixelTensor(8, SIZE);
      const options = { epochs: 1, batchSize: 4, shuffle: false };
      const stopped = await trainer.fit(x, { ...options, validationData: data, signal: controller.signal, callbacks });
      expect([stopped.epoch, trainer.steps]).toEqual([[], 2]);
      const { epoch, history } = await trainer.fit(x, { ...options, validationData: x });
      expect([epoch, trainer.steps]).toEqual([[0], 2]);
      expect(history['val_loss']!.every(Number.isFinite)).toBe(true);
      x.dispose();
      trainer.dispose();
      model.dispose();
    },
  );
});

test('a tensor that comes too late is disposed of', async () => {
  const { model, trainer } = make();
  await trainer.fit(batch(), { epochs: 1 });
  const before = tf.memory().numTensors;
  let give = (_: tf.Tensor) => {};
  const late = new Promise<tf.Tensor>(resolve => {
    give = resolve;
  });
  const data = async function* () {
    yield pixelTensor(4, SIZE);
    yield await late;
  };
  await trainer.fit(data, { epochs: 1, callbacks: { onStep: () => void setTimeout(() => trainer.stop(), 5) } });
  give(pixelTensor(4, SIZE));
  await new Promise(resolve => setTimeout(resolve, 5));
  expect(tf.memory().numTensors).toBe(before);
  trainer.dispose();
  model.dispose();
});

test('whoever aborts during a step: the stream is closed as it should be, and asked for nothing more', async () => {
  const { model, trainer } = make();
  const asked: number[] = [];
  let closed = false;
  const data = function* () {
    try {
      for (let i = 0; i < 9; i++) {
        asked.push(i);
        yield batch();
      }
    } finally {
      closed = true;
    }
  };
  await trainer.fit(data, { epochs: 1, callbacks: { onStep: () => void (trainer.steps === 2 && trainer.stop()) } });
  expect([asked, closed]).toEqual([[0, 1], true]);
  trainer.dispose();
  model.dispose();
});

describe('tf.data', () => {
  const tensors = () => tf.memory().numTensors;
  const endless = (element: () => unknown) =>
    tf.data.generator(function* () {
      for (;;) yield element() as tf.Tensor;
    });

  test.each<[string, (d: tf.data.Dataset<tf.TensorContainer>) => tf.data.Dataset<tf.TensorContainer>]>([
    ['prefetch', d => d.prefetch(3)],
    ['shuffle', d => d.shuffle(4, 'seed')],
    ['prefetch below others', d => d.prefetch(3).map(t => tf.mul(t as tf.Tensor, 0.5))],
    ['both', d => d.shuffle(3, 'seed').prefetch(2)],
    ['zip', d => tf.data.zip({ x: d.prefetch(2) })],
  ])('what %s fetched ahead is disposed of when training stops or fails', async (_, make_) => {
    const { model, trainer } = make();
    await trainer.fit(batch(), { epochs: 1 });
    const before = tensors();
    const stopping = { onStep: () => void (trainer.steps % 2 === 0 && trainer.stop()) };
    await trainer.fit(make_(endless(() => pixelTensor(4, SIZE))) as never, { epochs: 1, callbacks: stopping });
    expect(tensors()).toBe(before);
    const wrong = trainer.fit(make_(endless(() => pixelTensor(4, SIZE + 1))) as never, { epochs: 1 });
    await expect(wrong).rejects.toThrow('x must be [batch, 6] for this model, got [4,7]');
    expect(tensors()).toBe(before);
    trainer.dispose();
    model.dispose();
  });

  test.each<[string, () => unknown, string]>([
    ['xs and ys', () => ({ xs: pixelTensor(4, SIZE), ys: pixelTensor(4, SIZE) }), 'got an object with the keys xs, ys'],
    ['a pair', () => [pixelTensor(4, SIZE), pixelTensor(4, SIZE)], 'got an array'],
    [
      'an unknown field',
      () => ({ x: pixelTensor(4, SIZE), weight: tf.ones([4]) }),
      'unknown field weight; write weights',
    ],
  ])('an element of a wrong form, %s, leaves nothing behind', async (_, element, message) => {
    const { model, trainer } = make();
    await trainer.fit(batch(), { epochs: 1 });
    const before = tensors();
    await expect(trainer.fit(endless(element) as never, { epochs: 1 })).rejects.toThrow(message);
    await expect(trainer.evaluate(endless(element) as never)).rejects.toThrow(message);
    expect(tensors()).toBe(before);
    trainer.dispose();
    model.dispose();
  });
});

test.each(Object.entries(stalling))(
  'evaluate: %s that stalls is ended by the signal, whose reason is thrown',
  async (form, data) => {
    const { trainer, model } = make();
    const before = tf.memory().numTensors;
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 50);
    await expect(trainer.evaluate(data().data, { batchSize: 4, signal: stop.signal })).rejects.toThrow('enough');
    // What hangs within tf.data keeps its element.
    if (form !== 'tf.data') expect(tf.memory().numTensors).toBe(before);
    trainer.dispose();
    model.dispose();
  },
);
