import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { file } from '../../src/node/file';
import { readAt } from '../../src/node/open-file';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'file-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7);
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('file', () => {
  test('keeps the permissions of the file that it writes', async () => {
    const path = join(home, 'secret');
    writeFileSync(path, 'x');
    chmodSync(path, 0o600);
    await file(path).write(bytes);
    expect(modeOf(path)).toBe(0o600);
    chmodSync(path, 0o664);
    await file(path).write(bytes);
    expect(modeOf(path)).toBe(0o664);
    expect(await file(path).read()).toEqual(bytes);
  });

  test('writes through a symbolic link, one that leads nowhere yet too', async () => {
    mkdirSync(join(home, 'there'));
    writeFileSync(join(home, 'there', 'real'), 'x');
    symlinkSync(join('there', 'real'), join(home, 'link'));
    symlinkSync('link', join(home, 'second'));
    symlinkSync(join('there', 'new'), join(home, 'dangling'));
    await file(join(home, 'second')).write(bytes);
    await file(join(home, 'dangling')).write(bytes);
    expect(lstatSync(join(home, 'link')).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(home, 'dangling')).isSymbolicLink()).toBe(true);
    expect(new Uint8Array(readFileSync(join(home, 'there', 'real')))).toEqual(bytes);
    expect(readdirSync(join(home, 'there')).sort()).toEqual(['new', 'real']);
  });

  test('does not follow links in a circle, nor put a file in the place of a device', async () => {
    symlinkSync('circle', join(home, 'circle'));
    await expect(file(join(home, 'circle')).write(bytes)).rejects.toThrow('too many symbolic links');
    await expect(file('/dev/null').write(bytes)).rejects.toThrow('/dev/null is not a regular file');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('is read in pieces, since Node reads at most 2 GiB at a time', async () => {
    const path = join(home, 'pieces');
    writeFileSync(path, bytes);
    const handle = await open(path);
    const into = new Uint8Array(7);
    expect(await readAt(handle.fd, into, 0, { most: 3 })).toBe(7);
    expect(into).toEqual(bytes);
    expect(await readAt(handle.fd, into, 5, { most: 3 })).toBe(2);
    await handle.close();
  });
});
