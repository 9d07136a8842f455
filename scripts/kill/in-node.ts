import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { folderStore } from '../../src/node/folder-store';
import { TEMPORARY } from '../../src/node/temporary-files';
import { inspect } from './inspect';
import type { Life, Place, Random } from './run';
import { KEPT, type Outcome } from './subject';

/** About how long a process starts before it trains. */
const START_MS = 1200;
const TRAIN_MS = 500;
const LIMIT_MS = 120_000;

/** Training processes of Node, which are killed with SIGKILL. */
export function inNode(script: string): Place & { close(): void } {
  const home = mkdtempSync(join(tmpdir(), 'kill-'));
  const folderOf = (seed: number) => join(home, String(seed));
  const start = (folder: string, seed: number, backend: string) =>
    spawn(process.execPath, [script, folder, String(seed), backend], { stdio: ['ignore', 'pipe', 'pipe'] });
  return {
    name: 'node',
    async unbroken(seed, backend) {
      const life = await lifeOf(start('-', seed, backend), undefined, undefined);
      if ('killed' in life) throw new Error('the unbroken run was killed by somebody else');
      return life.outcome;
    },
    live(seed, backend, random) {
      mkdirSync(folderOf(seed), { recursive: true });
      return lifeOf(start(folderOf(seed), seed, backend), folderOf(seed), random);
    },
    // Between the write of a checkpoint and the removal of the one that it replaces there is one more.
    inspect: (seed, fresh) =>
      inspect(
        folderStore(folderOf(seed)),
        existsSync(folderOf(seed)) ? readdirSync(folderOf(seed)) : [],
        KEPT + Number(fresh),
      ),
    forget: async seed => rmSync(folderOf(seed), { recursive: true }),
    close: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** One process from its start to its end, by a kill or of its own. */
async function lifeOf(child: ChildProcess, folder: string | undefined, random: Random | undefined): Promise<Life> {
  let outcome: Outcome | undefined;
  let errors = '';
  let kind = '';
  const kill = (as: string) => {
    kind = as;
    child.kill('SIGKILL');
  };
  const plan = random && folder ? planOf(random, folder, kill) : undefined;
  const limit = setTimeout(() => kill('hang'), LIMIT_MS);
  createInterface({ input: child.stdout! }).on('line', line => {
    const message = JSON.parse(line) as { from: number } | { ending: true } | Outcome;
    if ('from' in message) plan?.training?.();
    else if ('ending' in message) plan?.ending?.();
    else outcome = message;
  });
  child.stderr!.on('data', chunk => {
    errors += String(chunk);
  });
  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>(resolve => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  clearTimeout(limit);
  plan?.over();
  if (kind === 'hang') throw new Error(`no end after ${LIMIT_MS} ms: ${errors}`);
  if (signal === 'SIGKILL' && kind && !outcome) return { killed: kind };
  if (!outcome || (code !== 0 && signal !== 'SIGKILL'))
    throw new Error(`training ended with ${code ?? signal}: ${errors}`);
  return { outcome };
}

type Plan = { training?(): void; ending?(): void; over(): void };

/** When the process will be killed: one in eight while it starts, one in eight at its end, half of the others in a write. */
function planOf(random: Random, folder: string, kill: (as: string) => void): Plan {
  let timer: NodeJS.Timeout | undefined;
  const after = (ms: number, as: string) => {
    timer = setTimeout(() => kill(as), ms);
  };
  const choice = random(8);
  const [delay, writes, extra] = [random(TRAIN_MS), 1 + random(16), random(4)];
  if (choice === 0) {
    after(random(START_MS), 'at the start');
    return { over: () => clearTimeout(timer) };
  }
  if (choice === 1) return { ending: () => kill('at the end'), over: () => {} };
  if (choice < 5) return { training: () => after(delay, 'in training'), over: () => clearTimeout(timer) };
  const seen = new Set<string>();
  const watcher = watch(folder, (_event, name) => {
    if (!name?.endsWith(TEMPORARY) || timer) return;
    seen.add(name);
    if (seen.size < writes) return;
    if (extra > 0) after(extra, 'in a write');
    else kill('in a write');
  });
  const over = () => {
    watcher.close();
    clearTimeout(timer);
  };
  return { over };
}
