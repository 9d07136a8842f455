import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { python } from '../../scripts/python/job';

export { python };

/** One with PyTorch 2, whose torchrun starts under Python 3.11. */
export const newerPython = process.env['TFJS_VAE_NEWER_PYTHON'];

/** Where the package lies. */
const packageFolder = fileURLToPath(new URL('../../python', import.meta.url));

/** The environment of its processes: one thread each, and the package without installing it. */
export function pythonEnvironment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const path = [packageFolder, process.env['PYTHONPATH']].filter(Boolean).join(':');
  return { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1', ...more };
}

/** Whether this Python has a module; tells once what is skipped where it has not. */
export function hasModule(name: string, what: string): boolean {
  if (runPython(['-c', `import ${name}`]).status === 0) return true;
  process.stdout.write(
    `python: ${python} has no ${name}, so ${what} is skipped; set TFJS_VAE_PYTHON to one that has\n`,
  );
  return false;
}

/** Runs Python to its end; `input` goes to its standard input. */
function runPython(args: readonly string[], input?: string): SpawnSyncReturns<string> {
  return spawnSync(python, args, { encoding: 'utf8', env: pythonEnvironment(), maxBuffer: 2 ** 28, input });
}

/** The output of a program that has to succeed. */
export function pythonOutput(args: readonly string[], input?: string): string {
  const { status, stdout, stderr, error } = runPython(args, input);
  if (status === 0) return stdout;
  throw new Error(`python ${args.slice(0, 3).join(' ')} ended with ${status}: ${error ?? ''}${stderr}`);
}

/** A program that answers each line of JSON with the line `done`, or with its error. */
export class PythonServer {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(script: string) {
    this.#process = spawn(python, [script], { env: pythonEnvironment(), stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  async ask(question: unknown): Promise<void> {
    this.#process.stdin!.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.#lines.next();
    if (value !== 'done') throw new Error(done ? 'python has ended' : JSON.parse(value));
  }

  close(): void {
    this.#process.kill();
  }
}
