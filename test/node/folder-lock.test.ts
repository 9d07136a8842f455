import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LOCK, lockFolder, TIMES } from '../../src/node/folder-lock';
import { folderStore } from '../../src/node/folder-store';
import { type ProcessId, processId } from '../../src/node/process-id';

const usual = { ...TIMES };
const linux = process.platform === 'linux';
let home = '';
let children: ChildProcess[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'folder-lock-'));
});
afterEach(() => {
  Object.assign(TIMES, usual);
  for (const child of children) child.kill('SIGKILL');
  children = [];
  rmSync(home, { recursive: true, force: true });
});

/** The lock of somebody else. */
function lockedBy(holder: ProcessId): string {
  const path = join(home, LOCK);
  writeFileSync(path, JSON.stringify({ ...holder, host: 'there', since: '2026-01-01', token: 'a token' }));
  return path;
}

async function child(command: string): Promise<{ process: ChildProcess; line: string }> {
  const process = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(process);
  const line = await new Promise<string>(resolve => process.stdout!.once('data', data => resolve(String(data).trim())));
  return { process, line };
}

test('held until it is given back; the file says by whom', async () => {
  const lock = await lockFolder(home);
  expect(JSON.parse(readFileSync(join(home, LOCK), 'utf8'))).toMatchObject(processId());
  lock.check();
  lock.release();
  lock.release();
  expect(readdirSync(home)).toEqual([]);
});

test.runIf(linux)('two stores of one process: the second is refused, and reads all the same', async () => {
  const [first, second] = [folderStore(home), folderStore(home)];
  const release = await first.lock();
  await first.write('a', Uint8Array.of(1));
  await expect(second.lock()).rejects.toThrow(
    /^it is in use by this process, which trains into it since .*; stop that/,
  );
  expect(await second.read('a')).toEqual(Uint8Array.of(1));
  expect(await second.list()).toEqual(['a']);
  await release();
  await (await second.lock())();
});

test.runIf(linux)('a process that lives is named; one that was killed does not hold the folder', async () => {
  const { process: other } = await child('echo ready; exec sleep 60');
  lockedBy(processId(other.pid!));
  await expect(lockFolder(home)).rejects.toThrow(`it is in use by process ${other.pid} on there`);
  const gone = new Promise(resolve => other.once('exit', resolve));
  other.kill('SIGKILL');
  await gone;
  const start = performance.now();
  (await lockFolder(home)).release();
  expect(performance.now() - start).toBeLessThan(5000);
});

test.runIf(linux)('a killed process that its parent has not asked for does not live', async () => {
  const { line } = await child('sleep 0.01 & echo $!; sleep 0.2; exec sleep 60');
  await sleep(500); // sh has become sleep, which does not ask for its children
  lockedBy(processId(Number(line)));
  (await lockFolder(home)).release();
});

test.runIf(linux)('the number of a dead process that was given to another does not hold it', async () => {
  lockedBy({ ...processId(), start: '1' });
  (await lockFolder(home)).release();
});

test('of another machine: without a sign for a minute it is taken over, as in a folder that was copied', async () => {
  const path = lockedBy({ ...processId(), machine: 'ffffffff' });
  utimesSync(path, 1e9, 1e9);
  (await lockFolder(home)).release();
});

test('of another machine: one that gives signs is refused, one that stops is overtaken', async () => {
  Object.assign(TIMES, { silence: 600, look: 20, settle: 10 });
  const path = lockedBy({ ...processId(), machine: 'ffffffff' });
  const beat = setInterval(() => writeFileSync(path, readFileSync(path)), 100);
  await expect(lockFolder(home)).rejects.toThrow(/it is in use by process \d+ on there/);
  clearInterval(beat);
  const start = performance.now();
  (await lockFolder(home)).release();
  expect(performance.now() - start).toBeGreaterThan(300);
});

test('a lock that was cut off holds nobody out for ever', async () => {
  Object.assign(TIMES, { silence: 100, look: 20, settle: 10 });
  writeFileSync(join(home, LOCK), '{"pid":');
  (await lockFolder(home)).release();
});

test('who was overtaken writes nothing any more, and says so', async () => {
  const store = folderStore(home);
  const release = await store.lock();
  await store.write('a', Uint8Array.of(1));
  const path = lockedBy({ ...processId(), pid: 77, machine: 'ffffffff' });
  await expect(store.write('a', Uint8Array.of(2))).rejects.toThrow('it was taken over by process 77 on there');
  await expect(store.remove('a')).rejects.toThrow('it was taken over');
  expect(await store.read('a')).toEqual(Uint8Array.of(1));
  await release();
  expect(readFileSync(path, 'utf8')).toContain('a token');
});

test('several who find a dead lock at once: one gets it', async () => {
  Object.assign(TIMES, { settle: 50 });
  const path = lockedBy({ ...processId(), machine: 'ffffffff' });
  utimesSync(path, 1e9, 1e9);
  const tried = await Promise.allSettled(Array.from({ length: 5 }, () => lockFolder(home)));
  const got = tried.filter(result => result.status === 'fulfilled');
  expect(got).toHaveLength(1);
  got[0]!.value.check();
  got[0]!.value.release();
});

test('a folder that cannot be written to cannot be held, but read', async () => {
  writeFileSync(join(home, 'a'), 'x');
  chmodSync(home, 0o555);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid!(65534);
  try {
    const store = folderStore(home);
    await expect(store.lock()).rejects.toThrow('EACCES');
    expect(await store.read('a')).toEqual(Uint8Array.of(120));
  } finally {
    if (isRoot) process.seteuid!(0);
    chmodSync(home, 0o755);
  }
});
