import { afterEach, expect, test } from 'vitest';
import { readCheckpoint } from '../../src/io/checkpoint-file';
import {
  drawPicture,
  type ResumedRun,
  type SavedCheckpoint,
  serveTraining,
  type TrainingLogs,
  type TrainingPicture,
  trainInWorker,
  type WorkerRun,
} from '../../src/web/index';
import type { Config } from './worker-script';

const workers: Worker[] = [];
const stores: string[] = [];

function newWorker(): Worker {
  const worker = new Worker(new URL('./worker-script.ts', import.meta.url), { type: 'module' });
  workers.push(worker);
  return worker;
}

function newStore(): string {
  const name = `worker test ${performance.timeOrigin} ${stores.length}`;
  stores.push(name);
  return name;
}

/** A run, and all that the page heard of it. */
function start(config: Config, worker = newWorker()) {
  const logs: TrainingLogs[] = [];
  const pictures: TrainingPicture[] = [];
  const saved: SavedCheckpoint[] = [];
  const resumed: ResumedRun[] = [];
  const waiting: (() => void)[] = [];
  const heard = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  const run = trainInWorker(worker, {
    config,
    onLogs: entry => logs.push(entry) && heard(),
    onPicture: picture => pictures.push(picture) && heard(),
    onCheckpoint: checkpoint => saved.push(checkpoint) && heard(),
    onResumed: found => resumed.push(found),
  });
  /** Resolves at the first message that makes it so. */
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await Promise.race([new Promise<void>(resolve => waiting.push(resolve)), run.done.then(() => {})]);
  };
  return { ...run, logs, pictures, saved, resumed, until };
}

/** The last checkpoint: weights, optimizer, random state and history, each tensor as its bytes; every run has its own id. */
function lastState(saved: readonly SavedCheckpoint[]) {
  const { progress: all, callbacks, tensors } = readCheckpoint(saved.at(-1)!.bytes!);
  const { run: _, ...progress } = all as typeof all & { run?: string };
  expect(Object.keys(tensors).length).toBeGreaterThan(20);
  return { progress, callbacks, tensors };
}

const isSettled = (run: WorkerRun) => Promise.race([run.done.then(() => true), new Promise(r => setTimeout(r, 100))]);

afterEach(async () => {
  for (const worker of workers.splice(0)) worker.terminate();
  for (const name of stores.splice(0)) {
    await new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(`tfjs-vae/${name}`);
      request.onsuccess = resolve;
      request.onerror = reject;
    });
  }
});

test('a run: all epochs and batches in order, pictures, checkpoints, the history', async () => {
  const run = start({ totalEpochs: 4, store: newStore(), pictures: 5 });
  const { epoch, history } = await run.done;
  expect(epoch).toEqual([0, 1, 2, 3]);
  expect(history['loss']![3]).toBeLessThan(history['loss']![0]!);

  const epochs = run.logs.filter(entry => entry.of === 'epoch');
  expect(epochs.map(entry => [entry.epoch, entry.steps])).toEqual([0, 1, 2, 3].map(e => [e, 7 * (e + 1)]));
  expect(epochs.map(({ logs }) => logs['loss'])).toEqual(history['loss']);
  expect(epochs.map(({ logs }) => logs['val_elbo'])).toEqual(history['val_elbo']);
  const order = run.logs.map(entry => entry.steps + (entry.of === 'epoch' ? 0.5 : 0));
  expect(order).toEqual([...order].sort((a, b) => a - b));
  for (const { of, epoch: e, steps, logs } of run.logs) {
    if (of === 'batch') expect(steps).toBe(7 * e + logs['batch']! + 1);
  }

  expect(run.pictures.map(({ steps }) => steps)).toEqual([5, 10, 15, 20, 25]);
  for (const { width, height, pixels } of run.pictures) {
    expect([width, height, pixels.length]).toEqual([3 * 14 + 2, 2 * 14 + 2, 4 * 44 * 30]);
    expect(new Set(pixels).size).toBeGreaterThan(20);
  }
  const canvas = document.createElement('canvas');
  drawPicture(canvas, run.pictures[4]!);
  const drawn = canvas.getContext('2d')!.getImageData(0, 0, 44, 30);
  expect(Array.from(drawn.data)).toEqual(Array.from(run.pictures[4]!.pixels));

  const steps = new Set(run.saved.map(saved => saved.steps));
  expect([...steps]).toEqual(expect.arrayContaining([3, 6, 12, 15, 27, 28]));
  expect(run.saved.at(-1)).toMatchObject({ steps: 28, name: 'step-000000000028.safetensors' });
  expect(run.saved.every(({ name, bytes }) => name.startsWith('step-') && bytes!.length > 1000)).toBe(true);
});

test('stopped and resumed, in a new worker and in the same one: bit for bit the unbroken run', async () => {
  const whole = start({ totalEpochs: 6, store: newStore(), everySteps: 42 });
  const expected = await whole.done;
  expect(whole.saved.every(({ steps }) => steps === 42)).toBe(true);

  const store = newStore();
  const worker = newWorker();
  const first = start({ totalEpochs: 6, store, pictures: 1 }, worker);
  await first.until(() => first.pictures.length >= 9);
  await first.stop();
  const at = first.saved.at(-1)!.steps;
  expect(at).toBeGreaterThanOrEqual(9);
  expect(at).toBeLessThan(42);
  expect((await first.done).epoch.length).toBe(Math.floor(at / 7));
  const afterStop = first.saved.length;

  const second = start({ totalEpochs: 6, store, pictures: 1 }, worker);
  await second.until(() => second.pictures.length >= 9);
  await second.stop();
  expect(second.resumed).toMatchObject([{ steps: at, epochs: Math.floor(at / 7), damaged: [] }]);
  expect(second.resumed[0]!.history).toEqual(await first.done);
  expect(first.saved.length).toBe(afterStop);

  const third = start({ totalEpochs: 6, store });
  expect(await third.done).toEqual(expected);
  expect(third.resumed[0]!.steps).toBe(second.saved.at(-1)!.steps);
  expect(lastState(third.saved)).toEqual(lastState(whole.saved));
});

test('a worker that is ended in the middle, as a closed tab ends it: on from the last checkpoint, bit for bit', async () => {
  const whole = start({ totalEpochs: 3, store: newStore() });
  const expected = await whole.done;
  const store = newStore();
  const killed = start({ totalEpochs: 3, store });
  await killed.until(() => killed.saved.length >= 2);
  killed.terminate();
  await expect(killed.done).rejects.toMatchObject({ name: 'AbortError' });

  const next = start({ totalEpochs: 3, store });
  expect(await next.done).toEqual(expected);
  expect(next.resumed[0]!.steps).toBeGreaterThanOrEqual(killed.saved.at(-1)!.steps);
  expect(lastState(next.saved)).toEqual(lastState(whole.saved));
});

test('a stop before the first step, and one after the last', async () => {
  const run = start({ totalEpochs: 50 });
  await run.stop();
  expect((await run.done).epoch).toEqual([]);
  const short = start({ totalEpochs: 1 });
  await short.done;
  await short.stop();
});

test('data from the page are handed over, not copied', async () => {
  const values = new Uint8Array(20 * 144).map((_, i) => (i % 7 === 0 ? 255 : 0));
  const images = { values, shape: [20, 12, 12, 1], scale: 1 / 255 };
  const run = trainInWorker<Config>(newWorker(), {
    config: { totalEpochs: 1, images },
    transfer: [values.buffer],
  });
  expect((await run.done).epoch).toEqual([0]);
  expect(values.length).toBe(0);
});

test.each([
  ['typed', { name: 'FileFormatError', message: 'this file is cut short' }],
  ['text', { name: 'Error', message: 'no error at all' }],
  ['step', { name: 'RangeError', message: 'enough' }],
  ['crash', { name: 'Error', message: expect.stringMatching(/^trainInWorker: the worker crashed: .*JSON/) }],
] as const)('an error in the worker is an error of the page: %s', async (fail, expected) => {
  const run = start({ totalEpochs: 2000, fail });
  await expect(run.done).rejects.toMatchObject(expected);
  await expect(run.stop()).rejects.toMatchObject(expected);
});

test('a worker that has failed serves the next run', async () => {
  const worker = newWorker();
  await expect(start({ totalEpochs: 1, fail: 'typed' }, worker).done).rejects.toThrow();
  expect((await start({ totalEpochs: 1 }, worker).done).epoch).toEqual([0]);
});

test('two runs at a time in one worker: the second is refused, the first goes on', async () => {
  const worker = newWorker();
  const first = start({ totalEpochs: 2000, fail: 'late' }, worker);
  const second = start({ totalEpochs: 1 }, worker);
  await expect(second.done).rejects.toThrow('serveTraining: this worker trains already');
  await first.until(() => first.logs.length > 0);
  await first.stop();
});

test('a script that is not there, a config that cannot be posted, a call outside of a worker', async () => {
  const missing = new Worker(new URL('./no-such-script.js', location.href), { type: 'module' });
  workers.push(missing);
  await expect(start({ totalEpochs: 1 }, missing).done).rejects.toThrow('could not be loaded');
  const run = trainInWorker(newWorker(), { config: { images: () => [] } });
  await expect(run.done).rejects.toThrow('trainInWorker: config cannot be posted');
  expect(() => serveTraining(() => Promise.reject(new Error()))).toThrow('in the script of a Worker');
});

test('a worker that the page ends is an error, and a stop fails with it', async () => {
  const worker = newWorker();
  const run = start({ totalEpochs: 100_000 }, worker);
  await run.until(() => run.logs.length > 0);
  worker.terminate();
  await expect(run.done).rejects.toThrow('trainInWorker: the worker was ended');
  await expect(run.stop()).rejects.toThrow('trainInWorker: the worker was ended');
});

const silent = () => new Worker(URL.createObjectURL(new Blob(['onmessage = () => {}'])));

test('a worker that closes itself fails: by its lock, or where that is not freed by its silence', async () => {
  const closing = trainInWorker<Config>(newWorker(), {
    config: { totalEpochs: 1, fail: 'close' },
    limits: { silence: 5 },
  });
  await expect(closing.done).rejects.toThrow(/was ended/);
});

test('a worker that never answers, is in an endless loop or does not stop fails within its limits', async () => {
  const deaf = trainInWorker(silent(), { config: {}, limits: { start: 0.3 } });
  await expect(deaf.done).rejects.toThrow(/has not answered.*limits: \{ start \} of trainInWorker is 0.3 s/);

  const looping = trainInWorker<Config>(newWorker(), {
    config: { totalEpochs: 1, fail: 'loop' },
    limits: { silence: 1 },
  });
  await expect(looping.done).rejects.toThrow(/no sign of life.*silence/);

  // Alive, but its function never returns.
  const waiting = trainInWorker<Config>(newWorker(), {
    config: { totalEpochs: 1, fail: 'never' },
    limits: { silence: 3, stop: 0.3 },
  });
  await new Promise(resolve => setTimeout(resolve, 4000));
  expect(await isSettled(waiting)).toBeUndefined();
  await expect(waiting.stop()).rejects.toThrow(/has not stopped; terminate\(\)/);
  await expect(waiting.done).rejects.toThrow('has not stopped');

  const early = trainInWorker(silent(), { config: {}, limits: { stop: 0.3 } });
  await expect(early.stop()).rejects.toThrow('has not stopped');
});

test('malformed messages change nothing', async () => {
  const worker = newWorker();
  for (const malformed of [
    null,
    1,
    {},
    { start: {} },
    { start: {}, port: 'none' },
    { start: {}, port: null },
    ['start'],
  ])
    worker.postMessage({ 'tfjs-vae': malformed });
  const run = start({ totalEpochs: 1 }, worker);
  expect((await run.done).epoch).toEqual([0]);
});

test('options that nothing reads are refused, in the page and in the worker', async () => {
  const wrong = (options: object) => () => trainInWorker(silent(), options as never);
  expect(wrong({ config: {}, onLog: () => {} })).toThrow('trainInWorker: unknown option onLog; write onLogs');
  expect(wrong({})).toThrow('trainInWorker: config is missing');
  expect(wrong({ config: {}, limits: { start: 0 } })).toThrow(
    'limits.start must be a positive number of seconds, got 0',
  );
  expect(wrong({ config: {}, limits: { stopp: 1 } })).toThrow('limits: unknown option stopp; write stop');
  const run = start({ totalEpochs: 1, fail: 'epochs' });
  await expect(run.done).rejects.toThrow('serveTraining: unknown option epochs; write totalEpochs');
});

test("other people's messages pass by", async () => {
  const worker = newWorker();
  const run = start({ totalEpochs: 1 }, worker);
  for (const other of ['hello', null, { 'tfjs-vae': 'nothing that we say' }, { kind: 'mine' }])
    worker.postMessage(other);
  expect((await run.done).epoch).toEqual([0]);
  const quiet = trainInWorker(new Worker(URL.createObjectURL(new Blob(['onmessage = () => {}']))), { config: {} });
  expect(await isSettled(quiet)).toBeUndefined();
  quiet.terminate();
  await expect(quiet.done).rejects.toThrow('terminated');
});

test('frames go on while the worker trains as hard as it can, and few messages come', async () => {
  const run = start({ totalEpochs: 100_000 });
  await run.until(() => run.logs.length > 0);
  const first = run.logs.length;
  const batches = () => run.logs.slice(first).filter(({ of }) => of === 'batch').length;
  const began = performance.now();
  for (let frame = 0; frame < 30; frame++) await new Promise(requestAnimationFrame);
  const steps = run.logs.at(-1)!.steps - run.logs[first - 1]!.steps;
  // 30 frames take half a second on a free machine; a blocked page would wait for the run.
  expect(steps).toBeGreaterThan(0);
  expect(batches()).toBeLessThanOrEqual((performance.now() - began) / 50 + 1);
  await run.stop();
});
