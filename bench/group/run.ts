// How training in several processes scales, on free cores: npm run bench:group -- [--rounds 5]
// Runs with 1 and 2 processes are made in turns, one thread in each process; ratios are medians over the rounds.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { python, pythonEnvironment } from '../../test/python/python';
import { median } from '../measure';

const { values: options } = parseArgs({
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  options: { rounds: { type: 'string', default: '5' } },
});
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** What process 0 printed, as JSON. */
async function job(size: number, program: string, args: readonly string[]): Promise<Record<string, number>> {
  const port = await freePort();
  const outputs = await Promise.all(
    Array.from({ length: size }, (_, rank) => {
      const env = pythonEnvironment({
        RANK: `${rank}`,
        WORLD_SIZE: `${size}`,
        MASTER_ADDR: '127.0.0.1',
        MASTER_PORT: `${port}`,
      });
      const command = ['-m', 'tfjs_vae.run', process.execPath, '--import', 'tsx', here(program), ...args];
      const child = spawn(python, command, { env, stdio: ['ignore', 'pipe', 'inherit'] });
      return new Promise<string>((resolve, reject) => {
        let output = '';
        child.stdout.on('data', chunk => (output += chunk));
        child.on('close', code => (code === 0 ? resolve(output) : reject(new Error(`${program} ended with ${code}`))));
      });
    }),
  );
  return JSON.parse(outputs[0]!);
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

const own = await job(1, 'own-work.ts', []);
console.log(
  `own work of the group, ${own['weights']} weights: ${own['own']!.toFixed(2)} ms a step (${own['plain']!.toFixed(2)} without, ${own['group']!.toFixed(2)} with)`,
);
for (const [network, batch, steps] of [
  ['conv', '512', '6'],
  ['mlp', '128', '60'],
] as const) {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const size of [1, 2] as const) {
      const { step } = await job(size, 'program.ts', [network, batch, steps]);
      times[size - 1]!.push(step!);
    }
  }
  const ratios = times[0].map((alone, round) => times[1][round]! / alone);
  console.log(
    `${network} at batch ${batch}: ${median(times[0]).toFixed(1)} ms alone, ${median(times[1]).toFixed(1)} ms in 2 processes, ratio ${median(ratios).toFixed(2)}`,
  );
}
