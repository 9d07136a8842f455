// Times training against hand-written tfjs and peers, in turns, and prints ratios of times of the same round.
//
// npm run bench -- [options]
//   --rounds 7                                   rounds that count; one more warms up
//   --where node,chromium                        Chromium is found by the variable CHROMIUM
//   --backend cpu,wasm,tensorflow,webgl,webgpu   cpu and tensorflow in Node, wasm in both, the GPUs in Chromium
//   --network mlp,conv,example
//   --only steps,optimizers,growth,memory,bundle,isolation,relaxed
//                                                isolation: wasm in an isolated page against a plain one, in Chromium
//                                                relaxed: wasm with relaxed SIMD against SIMD, where the engine has it
//   --sizes wasm                                 the backend of growth and memory, in Node
//   --hardware                                   Chromium with the machine's GPU, not a software one
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { openBrowser } from './browser';
import { bundleSizes } from './bundle';
import { benchmarkIsolation } from './isolation';
import type { Job } from './jobs';
import { inChromium, inNode, type Place } from './places';
import { plans } from './plans';
import { print, type Result } from './result';
import { startTorch } from './torch';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    where: { type: 'string', default: 'node,chromium' },
    backend: { type: 'string', default: 'cpu,wasm,tensorflow,webgl,webgpu' },
    network: { type: 'string', default: 'mlp,conv,example' },
    only: { type: 'string', default: 'steps,optimizers,growth,memory,bundle,isolation,relaxed' },
    sizes: { type: 'string', default: 'wasm' },
    hardware: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`bench: --rounds must be a positive integer, got ${options.rounds}`);
  process.exit(2);
}
const [where, backends, networks, kinds] = [options.where, options.backend, options.network, options.only].map(
  list => new Set(list.split(',')),
) as [Set<string>, Set<string>, Set<string>, Set<string>];

tf.enableProdMode();
const results: Result[] = [];
let failed = false;
const torch = where.has('node') ? startTorch() : undefined;
if (where.has('node')) console.log(torch ? `PyTorch ${torch.version}, one thread` : 'PyTorch: absent here, skipped');

if (where.has('node')) await runIn(inNode(torch));
if (where.has('chromium')) {
  const browser = await openBrowser(options.hardware).catch(error => console.log(`Chromium: skipped, ${error}`));
  if (browser) {
    if (kinds.has('isolation')) {
      const chosen = plans.chromium['wasm']!.filter(({ network }) => networks.has(network));
      for (const result of await benchmarkIsolation(browser, chosen, rounds)) keep(result);
    }
    await runIn(inChromium(browser, options.hardware));
  }
}
if (kinds.has('bundle')) {
  const sizes = bundleSizes();
  if (sizes) keep(sizes);
  else console.log('bundle: no build in dist/, skipped');
}

await mkdir('out', { recursive: true });
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, torch: torch?.version };
await writeFile('out/bench.json', `${JSON.stringify({ rounds, machine, results }, undefined, 2)}\n`);
console.log('\nWritten to out/bench.json. A ratio of times is the median over the rounds of two of the same round.');
process.exit(failed ? 1 : 0);

async function runIn(place: Place): Promise<void> {
  for (const backend of Object.keys(plans[place.plans]).filter(name => backends.has(name))) {
    const device = await place.activate(backend);
    if (device === undefined) {
      console.log(`${backend} in ${place.name}: absent here, skipped`);
      continue;
    }
    for (const job of jobsFor(place, backend)) {
      try {
        for (const result of await place.run(job)) {
          keep({ ...result, where: place.name, backend, ...(device && { device }) });
        }
      } catch (error) {
        failed = true;
        console.error(`${backend} in ${place.name}: ${JSON.stringify(job)} failed: ${error}`);
      }
    }
  }
  await place.close();
}

/** Bytes of tensors are the same on all backends, and an optimizer on wasm takes the same time in a page. */
function jobsFor(place: Place, backend: string): Job[] {
  const chosen = plans[place.plans][backend]!.filter(({ network }) => networks.has(network));
  const inNode = place.name === 'Node';
  const jobs: Job[] = chosen.map(plan => ({ kind: 'steps', plan, rounds }));
  if (backend === 'wasm') jobs.push(...chosen.map(plan => ({ kind: 'relaxed', plan, rounds }) as const));
  if (inNode || backend !== 'wasm') jobs.push({ kind: 'optimizers', rounds: 5 * rounds });
  if (inNode && backend === options.sizes) {
    jobs.push(...chosen.map(plan => ({ kind: 'memory', plan }) as const), { kind: 'growth', rounds });
  }
  return jobs.filter(({ kind }) => kinds.has(kind));
}

function keep(result: Result): void {
  results.push(result);
  print(result);
}
