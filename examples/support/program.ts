import { mkdir } from 'node:fs/promises';
import { describeFlags, type Flags, type FlagValues, InputError, readFlags } from './flags';

export type Program<F extends Flags> = {
  /** How it is called, such as `npm run demo --`. */
  command: string;
  /** What it does, for `--help`. */
  about: string;
  flags: F;
};

/**
 * Runs a program from the command line: `--help`, errors of one line, and Ctrl-C as a signal.
 *
 * Exit code 2 says that the input is at fault, 1 that the program is. The catch is needed: once the
 * wasm backend is loaded, an uncaught error prints kilobytes of its source.
 */
export async function runProgram<F extends Flags>(
  program: Program<F>,
  main: (flags: FlagValues<F>, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    console.log(`${program.about}\n\nUsage: ${program.command} [flags]\n\n${describeFlags(program.flags)}`);
    return;
  }
  // Whoever reads the output may leave early, as `head` does.
  process.stdout.on('error', () => process.exit());
  try {
    const flags = readFlags(program.flags, args);
    await main(flags, stopSignal());
  } catch (error) {
    console.error(oneLine(error));
    process.exitCode = error instanceof InputError ? 2 : 1;
  }
}

/** Makes the folder for results, before the training that would be for nothing without it. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch(error => {
    throw new InputError(`--out: cannot make the folder ${path}: ${oneLine(error)}`);
  });
}

/** The first Ctrl-C asks the program to finish early, the second ends it. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    console.error('\nStopping here with what is learned so far; Ctrl-C once more to quit.');
    controller.abort();
    process.once('SIGINT', () => process.exit(130));
  });
  return controller.signal;
}

function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
