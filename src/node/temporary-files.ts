import { randomUUID } from 'node:crypto';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, processId } from './process-id';

/** How the names of unfinished files end. */
export const TEMPORARY = '.unfinished';

/** `<file>.<pid>-<start>-<machine>-<uuid>.unfinished`: the name says which process writes the file. */
const NAME = /\.(\d+)-(\d*)-([0-9a-f]{8})-[0-9a-f-]{36}\.unfinished$/;
/** Where nobody knows whether the writer lives, its file counts as abandoned after this time without a write. */
const IDLE_MS = 3_600_000;

export function temporaryName(path: string): string {
  const { pid, start, machine } = processId();
  return `${path}.${pid}-${start}-${machine}-${randomUUID()}${TEMPORARY}`;
}

/** Removes files that killed processes left unfinished; files that are being written, and those of others, stay. */
export async function removeAbandonedFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, pid, start, machine] = NAME.exec(name) ?? [];
    if (pid === undefined) continue;
    const alive = isAlive({ pid: Number(pid), start: start!, machine: machine! });
    if (alive) continue;
    const path = join(folder, name);
    const found = await lstat(path).catch(() => undefined);
    const isLeft = alive === false || (found && Date.now() - found.mtimeMs > IDLE_MS);
    if (found?.isFile() && isLeft) await rm(path, { force: true });
  }
}
