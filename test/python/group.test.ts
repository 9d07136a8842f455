import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { expectRelative } from '../support/expect-close';
import type { Found, Task } from './programs/group';
import { hasModule } from './python';
import { runGroup } from './run-group';

const present = hasModule('torch', 'a group of processes');
const folder = mkdtempSync(join(tmpdir(), 'tfjs-vae-group-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let runs = 0;
const task = (given: Partial<Task>): Task => ({
  model: 'mlp',
  examples: 260,
  batchSize: 50,
  epochs: 2,
  out: join(folder, String(runs++)),
  ...given,
});

/** What each process found. */
async function trainedBy(size: number, given: Partial<Task>): Promise<Found[]> {
  const asked = task(given);
  const ends = await runGroup(size, asked).ended;
  expect(
    ends.map(end => end.code),
    ends.map(end => end.stderr).join('\n'),
  ).toEqual(Array(size).fill(0));
  return ends.map((_, rank) => JSON.parse(readFileSync(join(asked.out, `rank-${rank}.json`), 'utf8')) as Found);
}

describe.skipIf(!present)('processes of torch.distributed over gloo', () => {
  // 50 rows are not shared evenly by 3 processes, and the last batch has 10. 20 steps and more.
  test.each<[string, Partial<Task>]>([
    ['an MLP', { model: 'mlp', epochs: 4 }],
    ['a convolutional model', { model: 'conv', epochs: 4 }],
    ['a model of one’s own, by the importance-weighted bound', { model: 'own', samples: 4, epochs: 4 }],
  ])('1, 2 and 3 of them are one run: %s', async (_name, given) => {
    const [alone] = await trainedBy(1, given);
    expect(alone!.losses).toHaveLength(24);
    for (const size of [2, 3]) {
      const ranks = await trainedBy(size, given);
      for (const rank of ranks) {
        expectRelative(rank.losses.slice(0, 20), alone!.losses.slice(0, 20), 1e-5);
        expect(rank.weights, 'all hold the same bits after every epoch').toEqual(ranks[0]!.weights);
      }
    }
  });

  test('the exit code is that of the program', async () => {
    const ends = await runGroup(2, task({ epochs: 1, exitCode: 7 })).ended;
    expect(ends.map(end => end.code)).toEqual([7, 7]);
  });

  test('where one fails, the others end with a message, and nothing is left', async () => {
    const group = runGroup(3, task({ epochs: 2000, failing: { rank: 1, steps: 4 } }));
    const ends = await group.ended;
    expect(ends.map(end => end.code)).toEqual([1, 1, 1]);
    expect(ends[1]!.stderr).toContain('it fails on purpose');
    expect(ends[0]!.stderr).toContain('tfjs_vae.run: process 0 of 3 stops, since the group has ended');
    expect(ends[2]!.stderr).toContain('torchGroup: the group has ended, since another process of it has failed');
    const times = ends.map(end => end.at);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(10_000);
    expect(group.alive()).toEqual([]);
  });

  test('killed at a checkpoint, it goes on to the weights of the unbroken run, bit for bit', async () => {
    const whole = await trainedBy(2, { epochs: 6 });
    const store = join(folder, 'store');
    const asked = task({ epochs: 6, store });
    for (const victim of [0, 1]) {
      const group = runGroup(2, asked);
      await group.reaches(store, 6 + 12 * victim);
      group.kill(victim);
      const ends = await group.ended;
      expect(ends[1 - victim]!.code).toBe(1);
      expect(group.alive()).toEqual([]);
    }
    const resumed = await trainedBy(2, asked);
    expect(resumed[0]!.weights.length).toBeLessThan(6);
    expect(resumed[0]!.weights.at(-1)).toEqual(whole[0]!.weights.at(-1));
    expect(resumed[1]!.weights.at(-1)).toEqual(whole[0]!.weights.at(-1));
  });
});
