import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** PyTorch in a process of its own, asked for some epochs at a time. */
export type Torch = {
  run(network: string, batches: number, epochs: number): Promise<void>;
  version: string;
  stop(): void;
};

/** @returns Nothing where no python3 here has torch. */
export function startTorch(): Torch | undefined {
  for (const python of ['python3', '/usr/bin/python3']) {
    const { status, stdout } = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], {
      encoding: 'utf8',
    });
    if (status === 0) return talkTo(python, stdout.trim());
  }
  return undefined;
}

function talkTo(python: string, version: string): Torch {
  const script = fileURLToPath(new URL('./torch_step.py', import.meta.url));
  const child: ChildProcess = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    version,
    async run(network, batches, epochs) {
      child.stdin!.write(`${network} ${batches} ${epochs}\n`);
      if ((await answers.next()).done) throw new Error('bench: the PyTorch process ended early');
    },
    stop: () => void child.kill(),
  };
}
