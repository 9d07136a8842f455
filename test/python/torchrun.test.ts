import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { Found, Task } from './programs/group';
import { newerPython, pythonEnvironment } from './python';

if (!newerPython) {
  process.stdout.write('torchrun: TFJS_VAE_NEWER_PYTHON names no Python with PyTorch 2, so restarts are skipped\n');
}
const program = fileURLToPath(new URL('programs/group.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tfjs-vae-torchrun-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The command of the guide; the weights at the end, by process. */
function torchrun(task: Task, flags: readonly string[] = []): { weights: unknown[]; output: string } {
  const command = ['--nproc_per_node', '2', '--standalone', ...flags, '-m', 'tfjs_vae.run'];
  const args = ['-m', 'torch.distributed.run', ...command, process.execPath, '--import', 'tsx', program];
  const { status, stderr } = spawnSync(newerPython!, [...args, JSON.stringify(task)], {
    encoding: 'utf8',
    env: pythonEnvironment(),
  });
  expect(status, stderr).toBe(0);
  const read = (rank: number) => JSON.parse(readFileSync(join(task.out, `rank-${rank}.json`), 'utf8')) as Found;
  return { weights: [0, 1].map(rank => read(rank).weights.at(-1)), output: stderr };
}

describe.skipIf(!newerPython)('torchrun', () => {
  test('--max_restarts brings all back from the last checkpoint, to the weights of the unbroken run', () => {
    const task: Task = { model: 'mlp', examples: 260, batchSize: 50, epochs: 4, out: join(folder, 'whole') };
    const whole = torchrun(task);
    expect(whole.weights[1]).toEqual(whole.weights[0]);
    const restarted = torchrun(
      {
        ...task,
        out: join(folder, 'restarted'),
        store: join(folder, 'store'),
        failing: { rank: 1, steps: 17, kills: true },
      },
      ['--max_restarts', '2'],
    );
    expect(restarted.output, 'one was killed').toContain('exitcode: 137');
    expect(restarted.weights).toEqual(whole.weights);
  });
});
