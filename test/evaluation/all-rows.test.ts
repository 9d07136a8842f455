import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ArrayField } from '../../src/data/array-field';
import { toTensor } from '../../src/data/to-tensor';
import type { TrainingData } from '../../src/data/training-data';
import { embedAll } from '../../src/evaluation/embed-all';
import { reconstructAll } from '../../src/evaluation/reconstruct-all';
import { convVae } from '../../src/models/conv-vae';
import { mlpVae } from '../../src/models/mlp-vae';
import { fillMissing } from '../../src/ops/fill-missing';
import { describeBackends, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { pixels, pixelTensor } from '../support/networks';
import { peakBytes } from '../support/peak-bytes';

const SIZE = 6;
const COUNT = 11;
const model = (more = {}) => mlpVae({ inputShape: [SIZE], latentDim: 3, hidden: [5], seed: 1, ...more });
const field = (): ArrayField => ({ values: pixels(COUNT, SIZE), shape: [COUNT, SIZE] });

function* batches(): Generator<tf.Tensor> {
  for (let i = 0; i < COUNT; i += 4) yield toTensor(field(), { start: i, count: Math.min(4, COUNT - i) });
}

describeBackends('embedAll and reconstructAll', () => {
  let vae: ReturnType<typeof model>;
  beforeAll(() => {
    vae = model();
  });
  afterAll(() => vae.dispose());

  test('are embed and reconstruct of all rows, in order, whatever the batch size', async () => {
    const x = pixelTensor(COUNT, SIZE);
    const before = tf.memory().numTensors;
    for (const batchSize of [1, 4, COUNT, 100]) {
      const codes = await embedAll(vae, field(), { batchSize });
      expect(codes.shape).toEqual([COUNT, 3]);
      expect(codes.values).toBeInstanceOf(Float32Array);
      expectClose([...codes.values], values(vae.embed(x)), { tolerance: 1e-6 });
      const pictures = await reconstructAll(vae, field(), { batchSize });
      expect(pictures.shape).toEqual([COUNT, SIZE]);
      expectClose([...pictures.values], values(vae.reconstruct(x)), { tolerance: 1e-6 });
    }
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });

  test('take every form of data that fit takes', async () => {
    const before = tf.memory().numTensors;
    const expected = await embedAll(vae, field(), { batchSize: 4 });
    const x = pixelTensor(COUNT, SIZE);
    const reader = {
      kind: 'rowReader' as const,
      size: COUNT,
      shapes: { x: [COUNT, SIZE] },
      async read(rows: Uint32Array) {
        const all = pixels(COUNT, SIZE);
        const picked = Float32Array.from({ length: rows.length * SIZE }, (_, i) => {
          return all[rows[Math.floor(i / SIZE)]! * SIZE + (i % SIZE)]!;
        });
        return { x: { values: picked, shape: [rows.length, SIZE] } };
      },
    };
    async function* later() {
      for (const batch of batches()) yield { x: batch };
    }
    const forms: TrainingData[] = [x, { x }, { x: field() }, batches, batches(), later, reader];
    for (const data of forms) expect(await embedAll(vae, data, { batchSize: 4 })).toEqual(expected);
    const rows = tf.unstack(x);
    const dataset = tf.data.array(rows).batch(4) as tf.data.Dataset<tf.Tensor>;
    expect(await embedAll(vae, dataset)).toEqual(expected);
    expect(x.isDisposed).toBe(false);
    tf.dispose([x, rows]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('results are data again', async () => {
    const pictures = await reconstructAll(vae, field());
    expect((await embedAll(vae, pictures)).shape).toEqual([COUNT, 3]);
  });

  test('with a mask, the encoder sees zeros for what is missing, and the guess is for all elements', async () => {
    const [x, mask] = [
      pixelTensor(COUNT, SIZE),
      tf.tidy(() => tf.cast(tf.greater(pixelTensor(COUNT, SIZE, 9), 0.5), 'float32')),
    ];
    const holey = tf.tidy(() => tf.where(tf.cast(mask, 'bool'), x, tf.fill([COUNT, SIZE], Number.NaN)));
    const expected = tf.tidy(() => vae.reconstruct(fillMissing(holey, mask)));
    const filled = await reconstructAll(vae, { x: holey, mask }, { batchSize: 3 });
    expectClose([...filled.values], values(expected), { tolerance: 1e-6 });
    tf.dispose([x, mask, holey]);
  });

  test('a condition goes with its rows', async () => {
    const conditional = model({ conditionDim: 2 });
    const x = pixelTensor(COUNT, SIZE);
    const condition = pixelTensor(COUNT, 2, 3);
    const { values: codes } = await embedAll(conditional, { x, condition }, { batchSize: 3 });
    expectClose([...codes], values(conditional.embed(x, { condition })), { tolerance: 1e-6 });
    await expect(embedAll(conditional, x)).rejects.toThrow('the data need a condition');
    tf.dispose([x, condition]);
    conditional.dispose();
  });
});

test('progress is told after each batch, with the total where it is known', async () => {
  const vae = model();
  const told: unknown[] = [];
  const onProgress = (progress: object) => {
    told.push(progress);
  };
  await embedAll(vae, field(), { batchSize: 4, onProgress });
  expect(told).toEqual([4, 8, 11].map(done => ({ done, total: 11 })));
  told.length = 0;
  await embedAll(vae, batches, { onProgress });
  expect(told).toEqual([4, 8, 11].map(done => ({ done })));
  await expect(
    embedAll(vae, field(), {
      onProgress() {
        throw new Error('mine');
      },
    }),
  ).rejects.toThrow('mine');
  vae.dispose();
});

test('a signal rejects with its reason, at once or between batches, and leaves no tensor', async () => {
  const vae = model();
  const before = tf.memory().numTensors;
  await expect(embedAll(vae, field(), { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  const controller = new AbortController();
  let batchesSeen = 0;
  const onProgress = () => {
    batchesSeen++;
    controller.abort(new Error('enough'));
  };
  const ended = embedAll(vae, field(), { batchSize: 1, onProgress, signal: controller.signal });
  await expect(ended).rejects.toThrow('enough');
  expect(batchesSeen).toBeLessThan(4);
  // A stream that would never end.
  function* endless() {
    for (;;) yield field();
  }
  await expect(reconstructAll(vae, endless, { signal: AbortSignal.timeout(60) })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
  // A stream that stalls.
  async function* stalls() {
    yield field();
    await new Promise(() => {});
  }
  const stalled = embedAll(vae, stalls, { signal: AbortSignal.timeout(60) });
  await expect(stalled).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(tf.memory().numTensors).toBe(before);
  vae.dispose();
});

test('timers have their turn during a long pass', async () => {
  const vae = model();
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  const started = performance.now();
  await embedAll(vae, { values: pixels(500, SIZE), shape: [500, SIZE] }, { batchSize: 1 });
  const elapsed = performance.now() - started;
  clearInterval(timer);
  // One turn in 12 ms of work, and fewer where others keep the machine busy.
  expect(ticks).toBeGreaterThan(elapsed / 150);
  vae.dispose();
});

test('two passes at once do not disturb each other', async () => {
  const vae = model();
  const alone = await embedAll(vae, field(), { batchSize: 2 });
  const [a, b] = await Promise.all([embedAll(vae, field(), { batchSize: 2 }), embedAll(vae, batches)]);
  expect(a).toEqual(alone);
  expectClose([...b.values], [...alone.values], { tolerance: 1e-6 });
  vae.dispose();
});

test('the device holds one batch and the results of the one before, however long the data are', async () => {
  await tf.setBackend('cpu');
  const vae = convVae({ inputShape: [8, 8, 1], latentDim: 2, seed: 1 });
  const [count, batchSize] = [50, 5];
  const data = { values: new Uint8Array(count * 64).fill(99), shape: [count, 8, 8, 1], scale: 1 / 255 };
  const before = tf.memory().numBytes;
  for (const [all, method] of [
    [embedAll, 'embed'],
    [reconstructAll, 'reconstruct'],
  ] as const) {
    const one = await peakBytes(() => tf.dispose(tf.tidy(() => vae[method](toTensor(data, { count: batchSize })))));
    const many = await peakBytes(() => all(vae, data, { batchSize }));
    expect(one).toBeGreaterThan(4 * batchSize * 64);
    expect(many).toBeLessThanOrEqual(one + 4 * batchSize * (all === embedAll ? 2 : 64));
    expect(tf.memory().numBytes).toBe(before);
  }
  vae.dispose();
});

test('what does not fit is refused with a clear line', async () => {
  const vae = model();
  const refused = (promise: Promise<unknown>, message: string) => expect(promise).rejects.toThrow(message);
  await refused(embedAll(vae, { values: new Float32Array(8), shape: [2, 4] }), 'embedAll: data: x must be [batch, 6]');
  await refused(embedAll({} as typeof vae, field()), 'embedAll: the first argument must be a Vae');
  await refused(embedAll(vae, field(), { batchSize: 0 }), 'embedAll: batchSize must be a positive integer, got 0');
  await refused(embedAll(vae, field(), { batch_size: 4 } as object), 'unknown option batch_size; write batchSize');
  await refused(reconstructAll(vae, field(), { verbose: 1 } as object), 'unknown option verbose; write onProgress');
  await refused(embedAll(vae, field(), { onProgress: true } as object), 'onProgress must be a function, got true');
  await refused(embedAll(vae, field(), { signal: 5 } as object), 'signal must be an AbortSignal');
  const nan = { values: new Float32Array(SIZE).fill(Number.NaN), shape: [1, SIZE] };
  await refused(reconstructAll(vae, nan), 'reconstructAll: data: x holds NaN at example 0');
  const before = tf.memory().numTensors;
  const nanStream = () => [field(), nan];
  await refused(embedAll(vae, nanStream), 'embedAll: data: batch 1: x holds NaN at example 0; replace it');
  const bytes = () => [tf.fill([2, SIZE], 255)];
  await refused(embedAll(vae, bytes), 'embedAll: data: batch 0: x holds 255 at example 0, but the likelihood needs');
  expect(tf.memory().numTensors).toBe(before);
  const none: TrainingData = () => [];
  await refused(embedAll(vae, none), 'the stream gave no batch');
  vae.dispose();
});

test('results of different shapes do not go into one array', async () => {
  const embed = (x: tf.Tensor) => tf.slice(x, [0, 0], [-1, x.shape[0]!]);
  const odd = { embed, encode() {}, decode() {} } as unknown as ReturnType<typeof model>;
  const before = tf.memory().numTensors;
  await expect(embedAll(odd, () => [pixelTensor(2, SIZE), pixelTensor(3, SIZE)])).rejects.toThrow(
    'embedAll: a batch gave results of shape [3,3], those before it were [batch, 2]',
  );
  expect(tf.memory().numTensors).toBe(before);
});
