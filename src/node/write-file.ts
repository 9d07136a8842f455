import { mkdir, open, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { temporaryName } from './temporary-files';

/** Writes a file, and makes the folders that it needs. */
export async function writeFileIn(path: string, data: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, data);
}

/**
 * Writes a file whole or not at all: to a temporary name beside it, onto the disk, then renamed.
 *
 * When it resolves, the bytes and the name are on the disk; when it fails, the file is what it was and nothing is left.
 * A file that is there keeps its permissions; where a symbolic link is there, the file that it leads to is written.
 *
 * @throws When it cannot be written, or something other than a file is in its place.
 */
export async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const target = await followLinks(path);
  const folder = dirname(target);
  await mkdir(folder, { recursive: true });
  const before = await stat(target).catch(ignoreAbsent);
  // A rename would put a file in the place of a device or a pipe.
  if (before && !before.isFile() && !before.isDirectory()) throw new Error(`${target} is not a regular file`);
  const temporary = temporaryName(target);
  try {
    const file = await open(temporary, 'wx', before ? before.mode & 0o777 : 0o666);
    try {
      await file.writeFile(bytes);
      if (before) {
        await file.chown(before.uid, before.gid).catch(() => {}); // few users may do so
        await file.chmod(before.mode & 0o7777);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** Where symbolic links lead, also where nothing is there yet. */
async function followLinks(path: string): Promise<string> {
  let at = path;
  for (let links = 0; links < 40; links++) {
    const next = await readlink(at).catch(() => undefined);
    if (next === undefined) return at;
    at = resolve(await realpath(dirname(at)), next);
  }
  throw new Error(`${path} leads through too many symbolic links`);
}

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** Flushes the folder: else the new name may be lost in a power cut. Not every system lets a folder be opened. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  try {
    await handle?.sync().catch(() => {});
  } finally {
    await handle?.close();
  }
}
