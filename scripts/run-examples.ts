/**
 * Runs every example in its small setting and checks that it ends well and leaves what it promises.
 *
 * `npx tsx scripts/run-examples.ts`, or with the first words of some of the commands below to run only those. With
 * `--built` the examples import the build in `dist/` instead of the sources, as installed packages are.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Example = { command: string; files: readonly string[] };

const PICTURES = ['reconstructions.png', 'samples.png', 'latent-grid.png', 'latent-scatter.png', 'curves.png'];

const EXAMPLES: readonly Example[] = [
  { command: 'quick-start/demo.ts', files: [...PICTURES, 'latent-traversal.png', 'metrics.json'] },
  { command: 'quick-start/demo.ts --model conv --latent-dim 2 --beta 2', files: [...PICTURES, 'metrics.json'] },
  { command: 'quick-start/demo.ts --backend cpu', files: [...PICTURES, 'metrics.json'] },
  { command: 'custom-loop/main.ts', files: ['sheet.png'] },
  { command: 'conditional/main.ts', files: ['labels.png'] },
  { command: 'conditional/main.ts --label heart', files: ['label-heart.png'] },
  { command: 'denoising/main.ts', files: ['denoising.png'] },
  { command: 'anomaly/main.ts', files: ['anomaly.png'] },
  { command: 'distributed/train.ts', files: ['vae.safetensors'] },
  { command: 'distributed/pytorch.ts', files: ['model.safetensors', 'run.json', 'images.safetensors'] },
];

/** The small setting, the same for all. */
const SMALL = ['--epochs', '1', '--count', '256'];
const LIMIT_MS = 120_000;
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const args = process.argv.slice(2);
const built = args.includes('--built');
const wanted = args.filter(arg => arg !== '--built');
const chosen = EXAMPLES.filter(({ command }) => wanted.length === 0 || wanted.some(word => command.startsWith(word)));
if (chosen.length === 0) {
  console.error(`no example starts with ${wanted.join(' or ')}`);
  process.exit(2);
}

let failed = 0;
for (const example of chosen) {
  const start = performance.now();
  const problem = await problemOf(example);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${problem ? 'failed' : 'passed'}  ${example.command}  ${seconds} s${problem ? `\n${problem}` : ''}`);
  if (problem) failed++;
}
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** What went wrong, if anything. */
async function problemOf({ command, files }: Example): Promise<string | undefined> {
  const out = mkdtempSync(join(tmpdir(), 'tfjs-vae-example-'));
  try {
    const { code, output } = await run([...command.split(' '), ...SMALL, '--out', out]);
    if (code !== 0) return `exit code ${code}\n${output}`;
    const missing = files.filter(file => !(statSync(join(out, file), { throwIfNoEntry: false })?.size ?? 0));
    if (missing.length > 0) return `did not write ${missing.join(', ')}\n${output}`;
    return undefined;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function run([file, ...flags]: string[]): Promise<{ code: number | string; output: string }> {
  const env = built
    ? { ...process.env, TSX_TSCONFIG_PATH: join(ROOT, 'examples', 'tsconfig.built.json') }
    : process.env;
  const command = ['--import', 'tsx', join('examples', file!), ...flags];
  const child = spawn(process.execPath, command, { cwd: ROOT, env, timeout: LIMIT_MS });
  let output = '';
  child.stdout.on('data', chunk => (output += chunk));
  child.stderr.on('data', chunk => (output += chunk));
  return new Promise(resolve => {
    child.on('error', error => resolve({ code: error.message, output }));
    child.on('close', (code, signal) =>
      resolve({ code: code ?? `none: ${signal} after ${LIMIT_MS / 1000} s`, output }),
    );
  });
}
