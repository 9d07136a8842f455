import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { memoryStore } from '../../src/data/file-store';
import { urlBytes } from '../../src/data/url-bytes';
import { mlpVae } from '../../src/models/mlp-vae';
import { parquetRows } from '../../src/parquet/parquet-rows';
import { checkpoint } from '../../src/training/callbacks/checkpoint';
import type { FitOptions } from '../../src/training/options';
import { VaeTrainer } from '../../src/training/trainer';
import { weightsOf } from '../support/networks';
import { noted, parquetFile } from '../support/parquet';
import { closeServers, ranges, serve } from '../support/range-server';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections';

const COUNT = 331;
const GROUP = 15; // 23 groups, the last of one row
const BATCH = 16; // larger than a group
const STEPS = Math.ceil(COUNT / BATCH);
const pixels = Array.from({ length: COUNT }, (_, i) =>
  Uint8Array.from({ length: 12 }, (_, j) => (i * 12 + j * 7) % 256),
);
const bytes = parquetFile([{ name: 'pixels', data: pixels, type: 'BYTE_ARRAY' }], { rowGroupSize: GROUP });
const inMemory = { values: Uint8Array.from(pixels.flatMap(row => [...row])), shape: [COUNT, 12], scale: 1 / 255 };

const make = () => new VaeTrainer({ model: mlpVae({ inputShape: [12], latentDim: 2, hidden: [6], seed: 1 }), seed: 3 });

/** The file on a server of this machine, whose answers to reads of data are noted. */
async function overHttp(window?: number) {
  const { url, requests } = await serve(ranges(bytes, { ETag: '"1"' }));
  const reader = await parquetRows(await urlBytes(url), {
    fields: { x: { columns: 'pixels', shape: [12], scale: 1 / 255 } },
    ...(window && { window }),
  });
  const opening = requests.length;
  return { reader, loads: () => requests.slice(opening).map(({ headers }) => headers.range!) };
}

const fail = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    error => (error as Error).message,
  );

beforeAll(() => tf.setBackend('cpu'));
closeServers();
expectNoUnhandledRejections();

describe('training on a Parquet file over HTTP', () => {
  test('in the order of the file gives what the same rows in memory give, bit for bit', async () => {
    const [first, second] = [make(), make()];
    const options: FitOptions = { epochs: 2, batchSize: BATCH, shuffle: false };
    const { reader } = await overHttp();
    expect(await first.fit(reader, { ...options, validationData: reader })).toEqual(
      await second.fit(inMemory, { ...options, validationData: inMemory }),
    );
    expect(weightsOf(first.model)).toEqual(weightsOf(second.model));
  });

  test.each([1, 4, 7])('each group is read at most 1.1 times an epoch with a window of %i', async window => {
    const { reader, loads } = await overHttp(window);
    expect(reader.blocks.length).toBe(23);
    await make().fit(reader, { epochs: 3, batchSize: BATCH });
    const counts = new Map<string, number>();
    for (const range of loads()) counts.set(range, (counts.get(range) ?? 0) + 1);
    expect(counts.size).toBe(23);
    expect(Math.max(...counts.values())).toBe(3);
    expect(loads().length).toBeLessThanOrEqual(1.1 * 23 * 3);
  });

  test('without blocks the same epoch reads each group many times: what the window is for', async () => {
    const { reader, loads } = await overHttp();
    const { blocks: _, ...blind } = reader;
    await make().fit(blind, { epochs: 1, batchSize: BATCH });
    expect(loads().length).toBeGreaterThan(5 * 23);
  });

  test.each([1, 4, STEPS - 1, STEPS, STEPS + 9])(
    'a run that was stopped after step %i goes on in a new trainer, bit for bit',
    async stop => {
      const options: FitOptions = { totalEpochs: 2, batchSize: BATCH };
      const whole = make();
      const history = await whole.fit((await overHttp()).reader, options);
      const store = memoryStore();
      const first = make();
      const stopping = { setTrainer: () => {}, onStep: () => void (first.steps === stop && first.stop()) };
      await first.fit((await overHttp()).reader, { ...options, callbacks: [stopping, checkpoint({ store })] });
      expect(first.steps).toBe(stop);
      const second = make();
      const resumed = await second.resume(store);
      expect(await second.fit((await overHttp()).reader, { ...options, callbacks: checkpoint({ store }) })).toEqual(
        history,
      );
      expect([resumed?.changed, second.steps]).toEqual([[], 2 * STEPS]);
      expect(weightsOf(second.model)).toEqual(weightsOf(whole.model));
    },
  );

  test('another window, or the same rows in other groups, are noticed on resume', async () => {
    const store = memoryStore();
    const first = make();
    const stopping = { setTrainer: () => {}, onStep: () => void (first.steps === 3 && first.stop()) };
    await first.fit((await overHttp()).reader, {
      epochs: 1,
      batchSize: BATCH,
      callbacks: [stopping, checkpoint({ store })],
    });
    const second = make();
    await second.resume(store);
    const other = (await overHttp(3)).reader;
    expect(await fail(second.fit(other, { epochs: 1, batchSize: BATCH }))).toMatch(
      /data\.blocks was "23 \(\w{8}\), mixed 4 at a time" and is "23 \(\w{8}\), mixed 3 at a time"/,
    );
    const regrouped = parquetFile([{ name: 'pixels', data: pixels, type: 'BYTE_ARRAY' }], { rowGroupSize: 20 });
    const fields = { x: { columns: 'pixels', shape: [12], scale: 1 / 255 } };
    const rows = await parquetRows(noted(regrouped).source, { fields });
    expect(await fail(second.fit(rows, { epochs: 1, batchSize: BATCH }))).toMatch(
      /and is "17 \(\w{8}\), mixed 4 at a time"/,
    );
  });

  test('a file that changes while it is trained on ends the run with one line, and no weight is lost', async () => {
    const whole = ranges(bytes, { ETag: '"1"' });
    const { url } = await serve(...Array.from({ length: 10 }, () => whole), ranges(bytes, { ETag: '"2"' }));
    const reader = await parquetRows(await urlBytes(url), {
      fields: { x: { columns: 'pixels', shape: [12], scale: 1 / 255 } },
    });
    const trainer = make();
    expect(await fail(trainer.fit(reader, { epochs: 1, batchSize: BATCH }))).toMatch(
      /^fit: data: batch \d+: urlBytes: http:\S+ has changed since it was opened: its ETag was "1" and is "2"; open it again$/,
    );
    expect(trainer.steps).toBeGreaterThan(0);
    expect(Object.values(weightsOf(trainer.model)).flat().every(Number.isFinite)).toBe(true);
  });

  test('a server without ranges, and a file that is cut short, are refused when they are opened', async () => {
    const { url } = await serve((_, response) => response.writeHead(200).end(bytes));
    expect(await fail(urlBytes(url))).toMatch(/the server has no ranges/);
    const { url: cut } = await serve(ranges(bytes.slice(0, 1000)));
    expect(await fail(parquetRows(await urlBytes(cut), { fields: { x: 'pixels' } }))).toMatch(
      /^parquetRows: http:\S+ is cut short: a Parquet file ends with PAR1/,
    );
  });
});
