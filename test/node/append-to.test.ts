import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendTo } from '../../src/node/append-to';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tfjs-vae-'));
});
afterAll(() => rm(dir, { recursive: true }));

const read = (path: string) => readFile(path, 'utf8');

test('makes the folder, and each line is in the file once it is awaited', async () => {
  const path = join(dir, 'a', 'b', 'log.jsonl');
  const write = appendTo(path);
  await write('one');
  expect(await read(path)).toBe('one\n');
  await write('two, ü');
  expect(await read(path)).toBe('one\ntwo, ü\n');
});

test('lines that nobody waits for keep their order', async () => {
  const path = join(dir, 'order.csv');
  const write = appendTo(path);
  const lines = Array.from({ length: 200 }, (_, i) => `${i}:${'x'.repeat((i * 37) % 500)}`);
  await Promise.all(lines.map(write));
  expect((await read(path)).split('\n')).toEqual([...lines, '']);
});

test('goes on with a file, and ends a line that was cut off', async () => {
  const whole = join(dir, 'whole.jsonl');
  await writeFile(whole, '{"a":1}\n');
  await appendTo(whole)('{"a":2}');
  expect(await read(whole)).toBe('{"a":1}\n{"a":2}\n');
  const cut = join(dir, 'cut.jsonl');
  await writeFile(cut, '{"a":1}\n{"a":');
  const write = appendTo(cut);
  await write('{"a":2}');
  await write('{"a":3}');
  expect(await read(cut)).toBe('{"a":1}\n{"a":\n{"a":2}\n{"a":3}\n');
});

test('a line that cannot be written is an error of its own, and the next one is tried anew', async () => {
  const path = join(dir, 'later');
  await writeFile(path, '');
  const write = appendTo(join(path, 'log.jsonl'));
  await expect(write('one')).rejects.toThrow(/ENOTDIR|EEXIST/);
  await rm(path);
  await write('two');
  expect(await read(join(path, 'log.jsonl'))).toBe('two\n');
});
