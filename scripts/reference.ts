// Trains the reference runs and prints them beside what independent trainers got.
// npm run reference -- [catalogue] [--data ../shared/data/mnist] [--only beta1,linear20] [--epochs 10]
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { prepareBackend } from 'tfjs-vae';
import { catalogue } from './reference/catalogue';
import { pipeline } from './reference/pipeline';
import { Report } from './reference/report';

const { values: flags, positionals } = parseArgs({
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  allowPositionals: true,
  options: {
    data: { type: 'string', default: process.env['MNIST_DIR'] ?? '../shared/data/mnist' },
    only: { type: 'string' },
    epochs: { type: 'string', default: '10' },
    'linear-epochs': { type: 'string', default: '60' },
    backend: { type: 'string', default: 'wasm' },
    out: { type: 'string', default: 'out/reference.json' },
  },
});
const chapters = { pipeline, catalogue };
const chapter = positionals[0] ?? 'pipeline';
if (!Object.hasOwn(chapters, chapter)) {
  throw new Error(`reference: there is ${Object.keys(chapters).join(' and ')}, not ${chapter}`);
}

await tf.setBackend(flags.backend);
await prepareBackend();
const report = new Report();
await chapters[chapter as keyof typeof chapters](report, flags);

await mkdir('out', { recursive: true });
await writeFile(flags.out, `${JSON.stringify(report.rows, null, 2)}\n`);
const failed = report.rows.filter(row => !row.ok).length;
console.log(`${report.rows.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
