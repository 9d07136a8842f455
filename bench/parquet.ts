// What it costs to train on a Parquet file over HTTP, against the same rows in memory, and what mixing rows within a
// window of row groups saves.
//
// npx tsx bench/parquet.ts [--rounds 5] [--rows 20000] [--backend wasm]
//
// The server is a process of its own. The epochs take turns in every round; what is printed are medians of the ratios
// of one round.
import { fork } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { mlpVae, prepareBackend, Rng, type TrainingData, urlBytes, VaeTrainer } from 'tfjs-vae';
import { type ParquetField, type ParquetReader, parquetRows } from 'tfjs-vae/parquet';
import { activate } from './backends';
import { type Contender, interleaved, medians, ratio } from './measure';

const GROUP = 1000;
const BATCH = 128;
const PIXELS = 784;

if (process.send) serve(process.argv[2]!);
else await main();

/** A server of one file, with ranges. */
async function serve(path: string): Promise<void> {
  const file = await readFile(path);
  const server = createServer((request, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')!.map(Number);
    const range = `bytes ${first}-${last}/${file.length}`;
    response.writeHead(206, { 'Content-Range': range, ETag: '"1"' }).end(file.subarray(first!, last! + 1));
  });
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
  process.on('disconnect', () => process.exit());
}

/** Writes a file, serves it from a process of its own while `use` runs. */
async function served<T>(file: ArrayBuffer, use: (url: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'parquet-'));
  await writeFile(join(folder, 'rows.parquet'), new Uint8Array(file));
  const server = fork(fileURLToPath(import.meta.url), [join(folder, 'rows.parquet')]);
  try {
    const port = await new Promise<unknown>((resolve, reject) => server.once('message', resolve).once('exit', reject));
    return await use(`http://127.0.0.1:${port}/rows.parquet`);
  } finally {
    server.kill();
    await rm(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      rows: { type: 'string', default: '20000' },
      backend: { type: 'string', default: 'wasm' },
    },
  });
  tf.enableProdMode();
  if (!(await activate(options.backend))) throw new Error(`bench: the backend ${options.backend} does not load here`);
  await prepareBackend();
  console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}, ${tf.getBackend()}`);
  await epochs(Number(options.rows), Number(options.rounds));
  await reads();
}

/** An epoch of 784–400–20–400–784 on rows in memory, and on the same rows in two kinds of columns over HTTP. */
async function epochs(rows: number, rounds: number): Promise<void> {
  const noise = new Rng(1).uniformValues(rows * PIXELS);
  const values = Uint8Array.from(noise, value => Math.floor(256 * value));
  const pixels = Array.from({ length: rows }, (_, i) => values.subarray(i * PIXELS, (i + 1) * PIXELS));
  const bytes = { name: 'bytes', data: pixels };
  const lists = { name: 'lists', data: pixels.map(row => Array.from(row, value => value / 255)) };
  const schema = [
    { name: 'root', num_children: 2 },
    { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
    { name: 'lists', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: 'FLOAT', repetition_type: 'OPTIONAL' },
  ] as const;
  const file = parquetWriteBuffer({ columnData: [bytes, lists], schema: [...schema], rowGroupSize: GROUP });
  await served(file, async url => {
    const reader = async (x: ParquetField) => parquetRows(await urlBytes(url), { fields: { x } });
    const data: Record<string, TrainingData> = {
      'rows in memory': { values, shape: [rows, PIXELS], scale: 1 / 255 },
      'Parquet over HTTP, bytes': await reader({ columns: 'bytes', shape: [PIXELS], scale: 1 / 255 }),
      'Parquet over HTTP, lists of floats': await reader('lists'),
    };
    const names = Object.keys(data);
    const times = await interleaved(
      names.map(name => epochOf(name, data[name]!)),
      rounds,
    );
    console.log(`\nMLP ${PIXELS}–400–20, ${rows} rows, ${GROUP} in a row group, a window of 4, batch ${BATCH}`);
    for (const [name, ms] of Object.entries(medians(times, Math.ceil(rows / BATCH)))) {
      console.log(`  ${name}: ${ms.toFixed(2)} ms a step, ${ratio(times, name, names[0]!).toFixed(3)} of memory`);
    }
  });
}

function epochOf(name: string, data: TrainingData): Contender {
  const model = mlpVae({ inputShape: [PIXELS], hidden: [400], latentDim: 20, seed: 1 });
  const trainer = new VaeTrainer({ model, seed: 1 });
  return { name, run: async () => void (await trainer.fit(data, { epochs: 1, batchSize: BATCH })) };
}

/** What a batch costs to read when rows are drawn from the whole file, and when they are mixed within the window. */
async function reads(): Promise<void> {
  const [groups, columns] = [300, 16];
  const rows = groups * GROUP;
  const names = Array.from({ length: columns }, (_, i) => `column ${i}`);
  const rng = new Rng(2);
  const columnData = names.map(name => ({ name, data: rng.uniformValues(rows), type: 'FLOAT' as const }));
  const file = parquetWriteBuffer({ columnData, rowGroupSize: GROUP });
  await served(file, async url => {
    console.log(`\nReading ${rows} rows of ${columns} floats, ${GROUP} in a row group, in batches of ${BATCH}`);
    const reader = await parquetRows(await urlBytes(url), { fields: { x: names } });
    const { blocks: _, ...blind } = reader;
    const { blockOrder } = await import('../src/random/block-order');
    const window = blockOrder(rng.fork(0), { size: rows, blocks: reader.blocks, window: reader.window });
    await read('drawn from the whole file', blind as ParquetReader, rng.permutation(rows), 30);
    await read('mixed within 4 row groups', reader, window, Math.floor(rows / BATCH));
  });
}

type Order = { subarray(first: number, last: number): Uint32Array };

async function read(name: string, reader: ParquetReader, order: Order, batches: number): Promise<void> {
  let touched = 0;
  const start = performance.now();
  for (let i = 0; i < batches; i++) {
    const rows = order.subarray(i * BATCH, (i + 1) * BATCH);
    touched += new Set(Array.from(rows, row => Math.floor(row / GROUP))).size;
    await reader.read(rows);
  }
  const ms = (performance.now() - start) / batches;
  console.log(`  ${name}: ${ms.toFixed(2)} ms a batch, rows of ${(touched / batches).toFixed(1)} row groups in it`);
}
