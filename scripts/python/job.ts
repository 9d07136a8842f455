import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const packageFolder = fileURLToPath(new URL('../../python', import.meta.url));

/** The Python with PyTorch: `TFJS_VAE_PYTHON`, else Debian's, else the first in the path. */
export const python =
  process.env['TFJS_VAE_PYTHON'] ?? (existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3');

/** What a process of a job said. */
export type Ended = { code: number | null; out: string; error: string };

/**
 * Runs a module of Python in some processes of one job, each as torchrun would start it: with RANK, WORLD_SIZE,
 * MASTER_ADDR and MASTER_PORT.
 */
export async function runJob(args: readonly string[], processes: number): Promise<Ended[]> {
  const port = String(await freePort());
  const started = Array.from({ length: processes }, (_, rank) => {
    const job = { RANK: String(rank), WORLD_SIZE: String(processes), MASTER_ADDR: '127.0.0.1', MASTER_PORT: port };
    const path = [packageFolder, process.env['PYTHONPATH']].filter(Boolean).join(':');
    const env = { ...process.env, PYTHONPATH: path, OMP_NUM_THREADS: '1', ...(processes > 1 && job) };
    return spawn(python, ['-m', ...args], { env });
  });
  return Promise.all(started.map(ended));
}

function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const said = { out: '', error: '' };
    child.stdout!.on('data', text => {
      said.out += text;
    });
    child.stderr!.on('data', text => {
      said.error += text;
    });
    child.on('error', reject);
    child.on('close', code => resolve({ code, ...said }));
  });
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
