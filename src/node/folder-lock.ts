import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type ProcessId, processId } from './process-id';
import { temporaryName } from './temporary-files';

/** The file that says who writes to a folder. */
export const LOCK = '.lock';

/** How often a holder shows that it is alive, and after how long without a sign it is taken for dead. */
export const TIMES = { beat: 5000, silence: 60_000, look: 500, settle: 200 };

/** A folder that is held. */
export type FolderLock = {
  /** @throws When another process has taken the folder over meanwhile. */
  check(): void;
  /** Gives the folder back. May be called twice. */
  release(): void;
};

type Holder = ProcessId & { host: string; since: string; token: string };

/**
 * Takes a folder for this process alone.
 *
 * Whether a holder on this machine is alive is known at once, by its process number and the time at which it began. A
 * holder on another machine or in another container (the folder was copied, or lies on a network disk) is watched: it
 * writes to its lock every 5 s, and is taken for dead after 60 s without a sign.
 *
 * @throws When the folder is in use, or cannot be written to.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, LOCK);
  const since = new Date().toISOString();
  const own: Holder = { ...processId(), host: hostname(), since, token: randomUUID() };
  const text = JSON.stringify(own);
  while (!createLock(path, text)) {
    const found = readLock(path);
    if (!found) continue; // given back in between
    await waitForSilence(folder, path, found);
    // Between this look and the rename nothing else runs in this process.
    if (readLock(path)?.text !== found.text) continue;
    const temporary = temporaryName(path);
    writeFileSync(temporary, text);
    renameSync(temporary, path);
    // Another process may have come to the same conclusion: the last rename counts.
    await sleep(TIMES.settle);
  }
  return keepLock(path, text);
}

function keepLock(path: string, text: string): FolderLock {
  let isHeld = true;
  const check = () => {
    const found = readLock(path);
    if (found?.text === text) return;
    // Somebody emptied the folder: it is still ours.
    if (!found && createLock(path, text)) return;
    throw new Error(`it was taken over by ${describeHolder(readLock(path)?.holder)}, since this process gave no sign`);
  };
  const beat = setInterval(() => {
    try {
      check();
      touch(path, text);
    } catch {
      // The next write throws the same error.
    }
  }, TIMES.beat);
  beat.unref();
  return {
    check,
    release() {
      clearInterval(beat);
      if (!isHeld) return;
      isHeld = false;
      try {
        if (readLock(path)?.text === text) rmSync(path, { force: true });
      } catch {
        // The lock stays, but this process will soon end, and then the lock no longer counts.
      }
    },
  };
}

/** Whether the lock is ours now: made by us, or by our rename before. */
function createLock(path: string, text: string): boolean {
  try {
    const fd = openSync(path, 'wx');
    try {
      writeSync(fd, text);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(fd);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readLock(path)?.text === text;
  }
}

/** @throws When the holder lives. */
async function waitForSilence(folder: string, path: string, { holder, text, time }: Found): Promise<void> {
  const alive = holder && isAlive(holder);
  if (alive === false) return;
  const refuse = () => {
    throw new Error(`it is in use by ${describeHolder(holder)}; stop that, or give another folder`);
  };
  if (alive) refuse();
  // The age is measured by the clock of the disk, which may be on another machine.
  const age = clockOf(folder) - time;
  const end = performance.now() + TIMES.silence - Math.max(0, age);
  while (performance.now() < end) {
    await sleep(TIMES.look);
    const now = readLock(path);
    if (!now || now.text !== text) return;
    if (now.time !== time) refuse();
  }
}

type Found = { text: string; holder: Holder | undefined; time: number };

function readLock(path: string): Found | undefined {
  try {
    const { mtimeMs: time } = statSync(path);
    const text = readFileSync(path, 'utf8');
    return { text, holder: parseHolder(text), time };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Holder;
    return Number.isSafeInteger(value.pid) && value.pid > 0 && typeof value.token === 'string' ? value : undefined;
  } catch {
    return undefined; // it is being written, or was cut
  }
}

/** Writes the same again, which changes its time, and never leaves it empty. */
function touch(path: string, text: string): void {
  const fd = openSync(path, 'r+');
  try {
    writeSync(fd, text, 0);
  } finally {
    closeSync(fd);
  }
}

function clockOf(folder: string): number {
  const probe = temporaryName(join(folder, 'clock'));
  writeFileSync(probe, '');
  try {
    return statSync(probe).mtimeMs;
  } finally {
    rmSync(probe, { force: true });
  }
}

function describeHolder(holder: Holder | undefined): string {
  if (!holder) return 'another process';
  const own =
    holder.pid === process.pid && isAlive(holder) ? 'this process' : `process ${holder.pid} on ${holder.host}`;
  return `${own}, which trains into it since ${holder.since}`;
}
