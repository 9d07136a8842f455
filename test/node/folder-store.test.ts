import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sprites } from '../../src/datasets/sprites';
import { mlpVae } from '../../src/models/mlp-vae';
import { folderStore } from '../../src/node/folder-store';
import { processId } from '../../src/node/process-id';
import { TEMPORARY, temporaryName } from '../../src/node/temporary-files';
import type { TrainerCallback } from '../../src/training/callbacks';
import { checkpoint } from '../../src/training/callbacks/checkpoint';
import type { History } from '../../src/training/history';
import { VaeTrainer } from '../../src/training/trainer';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'folder-store-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const bytes = (...values: number[]) => Uint8Array.from(values);
const { images } = sprites({ count: 50, size: 8, seed: 3 });

/** 7 steps an epoch, with a checkpoint after each. */
async function train(
  folder: string,
  before: TrainerCallback[] = [],
): Promise<{ history: History; weights: number[][] }> {
  const store = folderStore(folder);
  const trainer = new VaeTrainer({
    model: mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [20], seed: 1 }),
    seed: 2,
  });
  try {
    await trainer.resume(store);
    const callbacks = [...before, checkpoint({ store })];
    const history = await trainer.fit(images, { totalEpochs: 4, batchSize: 8, callbacks });
    return { history, weights: Object.values(trainer.model.variables()).map(v => Array.from(v.dataSync())) };
  } finally {
    trainer.dispose();
    trainer.model.dispose?.();
  }
}

describe('folderStore', () => {
  test('keeps files in a folder that the first write makes', async () => {
    const folder = join(home, 'runs', '7');
    const store = folderStore(folder);
    expect(await store.list()).toEqual([]);
    expect(existsSync(folder)).toBe(false);
    await store.write('a.safetensors', bytes(1, 2, 3));
    await store.write('b', bytes());
    await store.write('a.safetensors', bytes(4, 5));
    expect((await store.list()).sort()).toEqual(['a.safetensors', 'b']);
    expect(await store.read('a.safetensors')).toEqual(bytes(4, 5));
    await store.remove('a.safetensors');
    await store.remove('a.safetensors');
    expect(await store.list()).toEqual(['b']);
    await expect(store.read('a.safetensors')).rejects.toThrow('ENOENT');
  });

  test('writes the bytes of a view, not of all the memory behind it', async () => {
    const store = folderStore(home);
    await store.write('view', bytes(1, 2, 3, 4).subarray(1, 3));
    expect(await store.read('view')).toEqual(bytes(2, 3));
  });

  test.each(['', '.', '..', '../a', 'a/b', '/a', '.hidden', 'a\\b', 'a b', 'a\0'])(
    'refuses the name %j',
    async name => {
      const store = folderStore(home);
      await expect(store.write(name, bytes(1))).rejects.toThrow('folderStore: name must be a plain file name');
      await expect((async () => store.read(name))()).rejects.toThrow('folderStore: name must be a plain file name');
      await expect((async () => store.remove(name))()).rejects.toThrow('folderStore: name must be a plain file name');
      expect(readdirSync(home)).toEqual([]);
    },
  );

  describe('what is unfinished', () => {
    const left = (who: Partial<ReturnType<typeof processId>>) => {
      const { pid, start, machine } = { ...processId(), ...who };
      const name = `a.${pid}-${start}-${machine}-01234567-89ab-cdef-0123-456789abcdef${TEMPORARY}`;
      writeFileSync(join(home, name), 'half');
      return name;
    };

    test('by a killed process: not listed, and removed with the next write', async () => {
      left({ start: '1' }); // the number of the process was given again
      left({ pid: 2 ** 22 + 7 });
      const old = left({ machine: '00000000' });
      utimesSync(join(home, old), 0, 0);
      const store = folderStore(home);
      expect(await store.list()).toEqual([]);
      await store.write('b', bytes(1));
      expect(readdirSync(home)).toEqual(['b']);
    });

    test('by others who write at this moment, or not by us: it stays', async () => {
      const names = [left({}), left({ machine: '00000000' }), `notes${TEMPORARY}`];
      writeFileSync(join(home, names[2]!), 'mine');
      const folder = basename(temporaryName('folder')).replace(/-\d+-/, '-1-');
      mkdirSync(join(home, folder));
      const store = folderStore(home);
      await store.write('b', bytes(1));
      expect(readdirSync(home).sort()).toEqual([...names, folder, 'b'].sort());
      expect(await store.list()).toEqual(['b']);
    });
  });

  test('names things other than files when they are read, and does not wait for a pipe', async () => {
    const store = folderStore(home);
    execFileSync('mkfifo', [join(home, 'pipe')]);
    mkdirSync(join(home, 'folder'));
    symlinkSync('nowhere', join(home, 'dangling'));
    symlinkSync('loop', join(home, 'loop'));
    truncateSync(openedAt(join(home, 'huge')), 2 ** 43);
    await expect(store.read('pipe')).rejects.toThrow('it is not a file');
    await expect(store.read('folder')).rejects.toThrow('it is not a file');
    await expect(store.read('dangling')).rejects.toThrow('ENOENT');
    await expect(store.read('loop')).rejects.toThrow('ELOOP');
    await expect(store.read('huge')).rejects.toThrow(
      /it has 8796093022208 bytes, and at most \d+ can be read into memory/,
    );
    await expect(store.write('pipe', bytes(1))).rejects.toThrow('is not a regular file');
  });

  test('a write that fails leaves the old file, and nothing else', async () => {
    const store = folderStore(home);
    mkdirSync(join(home, 'a'));
    writeFileSync(join(home, 'a', 'inside'), 'x');
    await expect(store.write('a', bytes(1))).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(home)).toEqual(['a']);
  });
});

describe('training into a folder', () => {
  test('where a file is in its place: an error that names it, before the first step', async () => {
    const path = join(home, 'file');
    writeFileSync(path, 'x');
    await expect(train(path)).rejects.toThrow('ENOTDIR');
  });

  test('without write permission: a clear error before the first step, and what is there stays and can be gone on from', async () => {
    const folder = join(home, 'run');
    await expect(train(folder, [failingAt(2, new Error('light is out'))])).rejects.toThrow('light is out');
    expect(readdirSync(folder)).toEqual(['step-000000000007.safetensors']);
    chmodSync(home, 0o755);
    chmodSync(folder, 0o555);
    await expect(withoutPrivileges(() => train(folder))).rejects.toThrow(
      `checkpoint: cannot write to the folder '${folder}': EACCES: permission denied`,
    );
    expect(readdirSync(folder)).toEqual(['step-000000000007.safetensors']);
    chmodSync(folder, 0o755);
    expect(await train(folder)).toEqual(await train(join(home, 'unbroken')));
  });

  test('on a disk that fills up: a clear error, and the last checkpoint is whole and can be gone on from', async context => {
    const disk = join(home, 'disk');
    mkdirSync(disk);
    const release = mountSmallDisk(disk);
    if (!release) return context.skip('a tmpfs cannot be mounted here');
    try {
      const folder = join(disk, 'run');
      const filler = join(disk, 'filler');
      const filling = {
        onEpochBegin(epoch: number) {
          if (epoch === 2) fill(filler);
        },
      };
      await expect(train(folder, [filling])).rejects.toThrow(
        `checkpoint: could not write 'step-000000000021.safetensors' to the folder '${folder}': ENOSPC: no space left on device`,
      );
      expect(readdirSync(folder).sort()).toEqual(['step-000000000007.safetensors', 'step-000000000014.safetensors']);
      // Still full: nothing gets worse.
      await expect(train(folder)).rejects.toThrow('ENOSPC');
      rmSync(filler);
      expect(await train(folder)).toEqual(await train(join(home, 'unbroken')));
      expect(readdirSync(folder).sort()).toEqual(['step-000000000021.safetensors', 'step-000000000028.safetensors']);
    } finally {
      release();
    }
  });
});

/** Ends training at an epoch, as a crash would. */
function failingAt(epochs: number, error: Error): TrainerCallback {
  return {
    onEpochBegin(epoch: number) {
      if (epoch === epochs - 1) throw error;
    },
  };
}

/** The superuser may write anywhere: it is somebody else meanwhile. */
async function withoutPrivileges<T>(work: () => Promise<T>): Promise<T> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid!(65534);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid!(0);
  }
}

/** A file system of 256 KiB; nothing where that is not allowed. */
function mountSmallDisk(path: string): (() => void) | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return () => execFileSync('umount', [path]);
}

function openedAt(path: string): string {
  writeFileSync(path, '');
  return path;
}

/** Takes all the room but a few kilobytes. */
function fill(path: string): void {
  for (let size = 2 ** 18; size >= 2 ** 12; size /= 2) {
    try {
      writeFileSync(path, new Uint8Array(size), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
