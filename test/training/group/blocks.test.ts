import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type FitOptions, type Group, mlpVae, Rng, type RowReader, VaeTrainer } from '../../../src/index';
import { expectClose } from '../../support/expect-close';
import { runAll } from '../../support/memory-groups';

const PIXELS = 12;
const COUNT = 61;
const BLOCKS = [0, 7, 11, 12, 20, 33, 40, 52];
const u = new Rng(11).uniformValues(COUNT * PIXELS);

/** Trains with 3 blocks mixed, 5 rows at a time, and notes which rows were read. */
async function train(group: Group, options: FitOptions = {}) {
  const reads: number[][] = [];
  const reader: RowReader = {
    kind: 'rowReader',
    size: COUNT,
    shapes: { x: [COUNT, PIXELS] },
    blocks: BLOCKS,
    window: 3,
    async read(rows) {
      reads.push([...rows]);
      const values = Float32Array.from([...rows].flatMap(row => [...u.subarray(row * PIXELS, (row + 1) * PIXELS)]));
      return { x: { values, shape: [rows.length, PIXELS] } };
    },
  };
  const model = mlpVae({ inputShape: [PIXELS], latentDim: 3, hidden: [8], seed: 5 });
  const trainer = new VaeTrainer({ model, seed: 3, group });
  const { history } = await trainer.fit(reader, { epochs: 2, batchSize: 5, ...options });
  return { reads, history, weights: Object.values(model.variables()).flatMap(v => [...v.dataSync()]) };
}

const sorted = (rows: number[]) => [...rows].sort((a, b) => a - b);

beforeAll(() => tf.setBackend('cpu'));

describe('a group over a reader with blocks', () => {
  test.each([2, 3])('%i processes take their shares of the same batches, and are one run', async size => {
    const [alone] = await runAll(1, group => train(group));
    const ranks = await runAll(size, group => train(group));
    // All look at the first rows, to see that their data are the same; what follows are shares of the batches.
    const shares = ranks.map(({ reads }) => reads.filter(rows => rows.length < 5).flat());
    expect(sorted(shares.flat())).toEqual(sorted(alone!.reads.flat()));
    for (const rank of ranks) {
      expect(rank.weights).toEqual(ranks[0]!.weights);
      expectClose(rank.history['loss']!, alone!.history['loss']!, { tolerance: 1e-5 });
      expectClose(rank.weights, alone!.weights, { tolerance: 2e-4, floor: 0.1 });
    }
  });

  test('a process that mixes another number of blocks is noticed by all', async () => {
    const ranks = await runAll(2, (group, rank) =>
      train(group, { shuffle: { window: rank === 0 ? 3 : 2 } }).then(
        () => 'no error',
        error => (error as Error).message,
      ),
    );
    expect(ranks[1]).toMatch(/data\.blocks is "8 \(\w{8}\), mixed 2 at a time", not "8 \(\w{8}\), mixed 3 at a time"/);
    expect(ranks[0]).not.toBe('no error');
  });
});
