// Kills a process of a group that trains over torch.distributed at random moments, starts the job again each time, and
// compares its end with the unbroken run. Takes torch, and Linux.
// tsx scripts/kill-group.ts [--kills 20] [--size 2] [--seed 1]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Rng } from 'tfjs-vae';
import type { Found, Task } from '../test/python/programs/group';
import { runGroup } from '../test/python/run-group';

const { values: flags } = parseArgs({
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  options: {
    kills: { type: 'string', default: '20' },
    size: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
  },
});
const [kills, size, seed] = [Number(flags.kills), Number(flags.size), Number(flags.seed)];
const folder = mkdtempSync(join(tmpdir(), 'tfjs-vae-kill-group-'));
const rng = new Rng(seed);
const task: Task = { model: 'mlp', examples: 600, batchSize: 50, epochs: 40, out: join(folder, 'out') };

/** The weights at the end, which must be the same in all processes. */
function weightsOf(out: string): string {
  const ends = Array.from({ length: size }, (_, rank) => {
    const found = JSON.parse(readFileSync(join(out, `rank-${rank}.json`), 'utf8')) as Found;
    return JSON.stringify(found.weights.at(-1));
  });
  if (new Set(ends).size > 1) throw new Error('the processes hold different weights');
  return ends[0]!;
}

let made = 0;
let slowest = 0;
let left = 0;
let others = 0;
try {
  await runGroup(size, task).ended;
  const whole = weightsOf(task.out);
  for (let run = 0; made < kills; run++) {
    const asked = { ...task, store: join(folder, `store-${run}`), out: join(folder, `out-${run}`) };
    for (let ended = false; !ended; ) {
      const group = runGroup(size, asked);
      const [when, who, which] = rng.uniformValues(3) as unknown as [number, number, number];
      // Before they have joined, nobody but torchrun knows that one is missing.
      let timer: NodeJS.Timeout | undefined;
      const kill = () => (which < 0.5 ? group.kill(Math.floor(who * size)) : group.killProgram(Math.floor(who * size)));
      if (made < kills) {
        await group.joined();
        timer = setTimeout(kill, 5000 * when);
      }
      const ends = await group.ended;
      clearTimeout(timer);
      ended = ends.every(end => end.code === 0);
      if (ended) break;
      made++;
      const times = ends.map(end => end.at);
      const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
      slowest = Math.max(slowest, seconds);
      left += group.alive().length;
      console.log(
        `kill ${made}: codes ${ends.map(end => end.code)}, the last ended ${seconds.toFixed(1)} s after the first`,
      );
    }
    if (weightsOf(asked.out) !== whole) others++;
    console.log(`run ${run + 1}: ${others === 0 ? 'as' : 'not as'} the unbroken run`);
  }
  console.log(
    `${made} kills: ${others === 0 ? 'all runs as' : `${others} runs not as`} the unbroken one, the slowest end ${slowest.toFixed(1)} s, ${left} processes left over`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(others > 0 || left > 0 || slowest > 10 ? 1 : 0);
