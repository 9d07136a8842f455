// Times training steps against each other, in turns, and prints ratios of times of the same round.
// npm run bench -- [--rounds 7] [--backend cpu,wasm,tensorflow] [--network mlp,conv,example]
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { activate } from './backends';
import { benchmark, type Network, type Result, STEPS } from './networks';
import { startTorch } from './torch';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    backend: { type: 'string', default: 'cpu,wasm,tensorflow' },
    network: { type: 'string', default: 'mlp,conv,example' },
  },
});
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`bench: --rounds must be a positive integer, got ${options.rounds}`);
  process.exit(2);
}

tf.enableProdMode();
const torch = startTorch();
console.log(torch ? `PyTorch ${torch.version}, one thread` : 'PyTorch: absent here, skipped');
const results: Result[] = [];
for (const backend of options.backend.split(',')) {
  const steps = STEPS[backend];
  if (!steps || !(await activate(backend))) {
    console.log(`${backend}: absent here, skipped`);
    continue;
  }
  for (const network of options.network.split(',') as Network[]) {
    const result = await benchmark({ backend, network, steps: steps[network], rounds, torch });
    results.push(result);
    print(result);
  }
}
torch?.stop();
await mkdir('out', { recursive: true });
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, torch: torch?.version };
await writeFile('out/bench.json', `${JSON.stringify({ rounds, machine, results }, undefined, 2)}\n`);
console.log('\nWritten to out/bench.json. A ratio is the median over the rounds of two times of the same round.');
process.exit(0);

function print({ backend, network, steps, milliseconds, ratios }: Result): void {
  const lines = (entries: Record<string, number>, digits: number) =>
    Object.entries(entries).map(([name, n]) => `  ${name.padEnd(46)}${n.toFixed(digits).padStart(9)}`);
  console.log(
    `\n${network} on ${backend}: ms per step, median of ${rounds} rounds of ${steps} step${steps > 1 ? 's' : ''}`,
  );
  console.log([...lines(milliseconds, 1), 'ratios', ...lines(ratios, 2)].join('\n'));
}
