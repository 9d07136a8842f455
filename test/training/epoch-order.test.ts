import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { memoryStore } from '../../src/data/file-store';
import type { RowReader } from '../../src/data/row-reader';
import type { TrainingData } from '../../src/data/training-data';
import { mlpVae } from '../../src/models/mlp-vae';
import { checkpoint } from '../../src/training/callbacks/checkpoint';
import type { FitOptions } from '../../src/training/options';
import { VaeTrainer } from '../../src/training/trainer';
import { weightsOf } from '../support/networks';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections';

const COUNT = 61;
const SIZE = 3;
const BLOCKS = [0, 7, 11, 12, 20, 33, 40, 52];
const BATCH = 8; // 8 batches, the last of 5 rows
const values = Float32Array.from({ length: COUNT * SIZE }, (_, i) => ((i * 37) % 101) / 101);

/** A reader that notes which rows each batch has. */
function noted(more: Partial<RowReader> = { blocks: BLOCKS }) {
  const reads: number[][] = [];
  const reader: RowReader = {
    kind: 'rowReader',
    size: COUNT,
    shapes: { x: [COUNT, SIZE] },
    async read(rows) {
      reads.push([...rows]);
      const taken = Array.from(rows, row => [...values.subarray(row * SIZE, (row + 1) * SIZE)]).flat();
      return { x: { values: Float32Array.from(taken), shape: [rows.length, SIZE] } };
    },
    ...more,
  };
  return { reader, reads };
}

function make(seed = 5): VaeTrainer {
  return new VaeTrainer({ model: mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [4], seed: 1 }), seed });
}

/** The rows of each batch of an epoch or more. */
async function batches(more: Partial<RowReader> | undefined, options: Partial<FitOptions> = {}, seed = 5) {
  const { reader, reads } = noted(more);
  await make(seed).fit(reader, { epochs: 1, batchSize: BATCH, ...options });
  return reads;
}

const fail = (data: TrainingData, options: Partial<FitOptions>) =>
  make()
    .fit(data, { epochs: 1, batchSize: BATCH, ...options })
    .then(
      () => 'no error',
      error => (error as Error).message,
    );

const sorted = (rows: number[]) => [...rows].sort((a, b) => a - b);

beforeAll(() => tf.setBackend('cpu'));
expectNoUnhandledRejections();

describe('a reader with blocks', () => {
  test('every row comes once an epoch, in batches that cross windows, in another order each epoch', async () => {
    const reads = await batches({ blocks: BLOCKS, window: 2 }, { epochs: 2 });
    expect(reads.map(rows => rows.length)).toEqual([8, 8, 8, 8, 8, 8, 8, 5, 8, 8, 8, 8, 8, 8, 8, 5]);
    const [first, second] = [reads.slice(0, 8).flat(), reads.slice(8).flat()];
    for (const epoch of [first, second]) expect(sorted(epoch)).toEqual([...Array(COUNT).keys()]);
    expect(second).not.toEqual(first);
    expect(await batches({ blocks: BLOCKS, window: 2 }, { epochs: 2 })).toEqual(reads);
    expect(await batches({ blocks: BLOCKS, window: 2 }, { epochs: 2 }, 6)).not.toEqual(reads);
  });

  test('a batch touches the blocks of its window, not all', async () => {
    const blockOf = (row: number) => BLOCKS.filter(start => start <= row).length - 1;
    const touched = (reads: number[][]) => reads.map(rows => new Set(rows.map(blockOf)).size);
    expect(Math.max(...touched(await batches({ blocks: BLOCKS, window: 1 })))).toBeLessThanOrEqual(4);
    const mixed = touched(await batches({ blocks: BLOCKS, window: 8 }));
    expect(Math.max(...mixed)).toBeGreaterThan(4);
  });

  test('the window is that of the caller, then that of the reader, then 4', async () => {
    const of = (window?: number, shuffle?: FitOptions['shuffle']) =>
      batches({ blocks: BLOCKS, ...(window && { window }) }, shuffle === undefined ? {} : { shuffle });
    expect(await of()).toEqual(await of(4));
    expect(await of(6, { window: 3 })).toEqual(await of(3));
    expect(await of(undefined, { window: 2 })).toEqual(await of(2));
    expect(await of(3)).not.toEqual(await of(2));
    expect((await of(2, false)).flat()).toEqual([...Array(COUNT).keys()]);
  });

  test('a window beyond what the reader holds is refused, unless it holds all blocks', async () => {
    expect(await fail(noted({ blocks: BLOCKS, window: 2 }).reader, { shuffle: { window: 3 } })).toBe(
      'fit: shuffle.window is 3 blocks, but the reader holds 2 at a time; open it with a window of 3',
    );
    expect(await fail(noted({ blocks: BLOCKS, window: 8 }).reader, { shuffle: { window: 9 } })).toBe('no error');
  });

  test('data without blocks refuse a window, and say what to write instead', async () => {
    const none = 'fit: shuffle { window } mixes the blocks of a reader, and these data have no blocks: ';
    expect(await fail({ values, shape: [COUNT, SIZE] }, { shuffle: { window: 2 } })).toBe(`${none}give shuffle: true`);
    expect(await fail(noted({}).reader, { shuffle: { window: 2 } })).toBe(`${none}give shuffle: true`);
    expect(await fail(() => [{ values, shape: [COUNT, SIZE] }], { shuffle: { window: 2 } })).toBe(
      `${none}a stream keeps its own order; leave shuffle out`,
    );
  });

  test('what is not a window is refused', async () => {
    const { reader } = noted();
    const shuffled = (shuffle: unknown) => fail(reader, { shuffle: shuffle as boolean });
    expect(await shuffled({ window: 0 })).toBe('fit: shuffle.window must be a positive integer, got 0');
    expect(await shuffled({ window: 1.5 })).toBe('fit: shuffle.window must be a positive integer, got 1.5');
    expect(await shuffled({})).toBe('fit: shuffle: window is missing');
    expect(await shuffled({ widow: 2 })).toBe('fit: shuffle: unknown option widow; write window');
  });

  test('blocks have to be the first rows of each, in order', async () => {
    const blocked = (blocks: unknown) => fail(noted({ blocks: blocks as number[] }).reader, {});
    const expected =
      'fit: data: blocks of a RowReader must be the first row of each block, ascending from 0 and below its size, 61, got ';
    expect(await blocked([])).toBe(`${expected}none`);
    expect(await blocked([1, 5])).toBe(`${expected}1 as number 0`);
    expect(await blocked([0, 5, 5])).toBe(`${expected}5 as number 2`);
    expect(await blocked([0, 61])).toBe(`${expected}61 as number 1`);
    expect(await blocked([0, 2.5])).toBe(`${expected}2.5 as number 1`);
    expect(await blocked(new Uint32Array(2))).toBe(`${expected}object`);
    expect(await fail(noted({ blocks: BLOCKS, window: 0 }).reader, {})).toBe(
      'fit: data: window of a RowReader must be a positive integer, got 0',
    );
  });
});

describe('a run over blocks that was stopped within an epoch', () => {
  const options = { totalEpochs: 2, batchSize: BATCH };
  const stopAfter = (trainer: VaeTrainer, steps: number) => ({
    setTrainer: () => {},
    onStep: () => void (trainer.steps === steps && trainer.stop()),
  });

  test.each([1, 3, 7, 8, 12])('goes on at batch %i in a new trainer, bit for bit', async steps => {
    const whole = make();
    const history = await whole.fit(noted().reader, options);
    const store = memoryStore();
    const first = make();
    await first.fit(noted().reader, { ...options, callbacks: [stopAfter(first, steps), checkpoint({ store })] });
    expect(first.steps).toBe(steps);
    const second = make();
    const resumed = await second.resume(store);
    expect(await second.fit(noted().reader, { ...options, callbacks: checkpoint({ store }) })).toEqual(history);
    expect(resumed?.changed).toEqual([]);
    expect(weightsOf(second.model)).toEqual(weightsOf(whole.model));
  });

  test('another window, other blocks, and no window at all are noticed', async () => {
    const store = memoryStore();
    const first = make();
    await first.fit(noted().reader, { ...options, callbacks: [stopAfter(first, 3), checkpoint({ store })] });
    const resume = async (more: Partial<RowReader>, more2: Partial<FitOptions> = {}) => {
      const trainer = make();
      await trainer.resume(store);
      const done = trainer.fit(noted(more).reader, {
        ...options,
        ...more2,
        callbacks: checkpoint({ store: memoryStore() }),
      });
      return done.then(
        () => 'no error',
        error => (error as Error).message,
      );
    };
    const was =
      /^fit: the data are not those of the run that was resumed: data\.blocks was "8 \(\w{8}\), mixed 4 at a time" and is /;
    expect(await resume({ blocks: BLOCKS }, { shuffle: { window: 3 } })).toMatch(was);
    expect(await resume({ blocks: BLOCKS }, { shuffle: { window: 3 } })).toContain('mixed 3 at a time');
    expect(await resume({ blocks: [0, 8, ...BLOCKS.slice(2)] })).toMatch(was);
    expect(await resume({})).toMatch(was);
    expect(await resume({ blocks: BLOCKS }, { shuffle: false })).toContain('and is nothing');
    expect(await resume({ blocks: BLOCKS, window: 4 })).toBe('no error');
  });

  test('with changes accepted, and in the same trainer, the epoch starts anew: every row comes once', async () => {
    const store = memoryStore();
    const first = make();
    await first.fit(noted().reader, { ...options, callbacks: [stopAfter(first, 3), checkpoint({ store })] });
    const second = make();
    await second.resume(store, { acceptChanges: true });
    for (const trainer of [first, second]) {
      const { reader, reads } = noted();
      await trainer.fit(reader, { totalEpochs: 1, batchSize: BATCH, shuffle: { window: 3 } });
      const rows = reads.slice(-8).flat();
      expect(sorted(rows)).toEqual([...Array(COUNT).keys()]);
    }
    const same = make();
    await same.fit(noted().reader, { ...options, callbacks: stopAfter(same, 3) });
    const { reader, reads } = noted();
    await same.fit(reader, { totalEpochs: 1, batchSize: BATCH });
    expect(reads.map(rows => rows.length)).toEqual([8, 8, 8, 8, 5]);
  });
});
