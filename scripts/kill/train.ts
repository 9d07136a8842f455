// The process that is killed: train <folder, or - for none> <seed> <backend>. Prints a line when training begins and
// one with the outcome.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { folderStore } from '../../src/node/folder-store';
import { asParquet } from './as-parquet';
import { trainSubject } from './subject';

const [folder, seed, backend] = process.argv.slice(2) as [string, string, string];
try {
  tf.enableProdMode();
  if (!(await tf.setBackend(backend))) throw new Error(`backend ${backend} does not load`);
  const store = folder === '-' ? undefined : folderStore(folder);
  const started = (from: number) => process.stdout.write(`${JSON.stringify({ from })}\n`);
  const ending = async () => {
    process.stdout.write('{"ending":true}\n');
    if (store) await new Promise(resolve => setTimeout(resolve, 20)); // so that it can be killed here
  };
  // Every other pair of seeds reads a Parquet file, which is mixed within a window of its row groups.
  const dataOf = Number(seed) % 4 < 2 ? undefined : asParquet;
  const outcome = await trainSubject(Number(seed), store, { started, ending }, dataOf);
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).stack}\n`);
  process.exit(1);
}
