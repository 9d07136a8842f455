// Gives mutated files to every reader of the library: each must be read right or refused with a FileFormatError.
// tsx scripts/fuzz.ts [--count 100000] [--seed 1] [--only readSafetensors]
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { attempt, type Failure, fuzz } from './fuzz/run';
import type { FuzzLimits } from './fuzz/target';
import { targets } from './fuzz/targets';
import { watchdog } from './fuzz/watchdog';

const { values: flags } = parseArgs({
  // npm run hands its own -- on.
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    out: { type: 'string', default: 'out/fuzz' },
  },
});
const [count, seed] = [Number(flags.count), Number(flags.seed)];
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  throw new Error(`--count and --seed must be whole numbers, got ${flags.count} and ${flags.seed}`);
}
const wanted = targets.filter(({ name }) => flags.only === undefined || name === flags.only);
if (wanted.length === 0) throw new Error(`--only must be one of: ${targets.map(({ name }) => name).join(', ')}`);

/** Small files: the slack is what the garbage collector's pages round up to. Large ones: no more than 32 times. */
const limits: FuzzLimits = { ms: 5000, times: 32, slack: 2 ** 20 };
const dog = watchdog(30_000);
const failures: Failure[] = [];
const total = { inputs: 0, read: 0, refused: 0 };

for (const [i, target] of wanted.entries()) {
  const share = Math.floor(count / wanted.length) + (i < count % wanted.length ? 1 : 0);
  const result = await fuzz(target, { count: share, seed: seed + i, limits, started: dog.started });
  const { read, refused, slowestMs, mostBytes } = result;
  console.log(
    `${target.name}: ${share} inputs: ${read} read, ${refused} refused, ${result.failures.length} failed; ` +
      `slowest ${slowestMs.toFixed(1)} ms, most memory ${(mostBytes / 1024).toFixed(0)} KiB`,
  );
  failures.push(...result.failures);
  total.inputs += share;
  total.read += read;
  total.refused += refused;
  for (const [name, input] of Object.entries(target.heavy)) {
    dog.started(input);
    const { ms, bytes, refused, failure } = await attempt(target, input, limits);
    const mebibytes = (input.length / 2 ** 20).toFixed(1);
    console.log(
      `  ${name}, ${mebibytes} MiB: ${refused ? 'refused' : 'read'} in ${ms.toFixed(0)} ms, ` +
        `memory ${(bytes / input.length).toFixed(1)} times the size`,
    );
    if (failure !== undefined) failures.push({ target: target.name, what: `${name}: ${failure}`, input });
  }
}
await dog.stop();

if (failures.length > 0) mkdirSync(flags.out, { recursive: true });
for (const [i, { target, what, input }] of failures.slice(0, 20).entries()) {
  const path = `${flags.out}/${i}.bin`;
  writeFileSync(path, input);
  console.log(`FAILED ${target}: ${what} (${path})`);
}
console.log(`${total.inputs} inputs: ${total.read} read, ${total.refused} refused, ${failures.length} failed`);
process.exitCode = failures.length > 0 ? 1 : 0;
