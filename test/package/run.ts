import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** What a command printed; when it fails, an error that holds it. */
export async function run(command: string, args: string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { cwd, maxBuffer: 1 << 26 });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout.slice(-6000)}\n${stderr.slice(-6000)}`);
  }
}

/** The last line that a program printed, as JSON. */
export async function runJson<T>(command: string, args: string[], cwd: string): Promise<T> {
  const lines = (await run(command, args, cwd)).trim().split('\n');
  return JSON.parse(lines.at(-1)!) as T;
}
