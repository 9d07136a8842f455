import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What came of one trial: each process by how it ended. */
export type Contest = { outcomes: string[]; refusals: string[]; others: string[]; left: string[] };

/** What a process that finds the store in use, or further on, is told. */
const CLEAR = /it is in use by process \d+ on|call trainer\.resume\(store\)/;

/** Two processes that begin the same run in the same folder at once. */
export async function contend(script: string, seed: number): Promise<Contest> {
  const folder = mkdtempSync(join(tmpdir(), 'contend-'));
  try {
    const ends = await Promise.all([0, 1].map(() => endOf(script, folder, seed)));
    const failed = ends.flatMap(({ error }) => (error === '' ? [] : [error]));
    return {
      outcomes: ends.flatMap(({ outcome }) => outcome ?? []),
      refusals: failed.filter(error => CLEAR.test(error)),
      others: failed.filter(error => !CLEAR.test(error)),
      left: readdirSync(folder).filter(name => !name.endsWith('.safetensors')),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The outcome of the run that nobody shares. */
export async function alone(script: string, seed: number): Promise<string> {
  const { outcome, error } = await endOf(script, '-', seed);
  if (outcome === undefined) throw new Error(error);
  return outcome;
}

function endOf(script: string, folder: string, seed: number): Promise<{ outcome: string | undefined; error: string }> {
  const child = spawn(process.execPath, [script, folder, String(seed), 'cpu'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, error] = ['', ''];
  child.stdout.on('data', chunk => {
    output += String(chunk);
  });
  child.stderr.on('data', chunk => {
    error += String(chunk);
  });
  return new Promise(resolve => {
    child.on('close', code => {
      const outcome = output
        .trim()
        .split('\n')
        .find(line => line.includes('"hash"'));
      resolve({ outcome: code === 0 ? outcome : undefined, error: code === 0 ? '' : error });
    });
  });
}
