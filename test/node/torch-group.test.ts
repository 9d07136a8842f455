import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { torchGroup } from '../../src/node/torch-group';

const forget = () => Reflect.deleteProperty(globalThis, Symbol.for('tfjs-vae/torch-group'));

afterEach(() => {
  forget();
  delete process.env['TFJS_VAE_GROUP'];
});

const source = fileURLToPath(new URL('../../src/node/torch-group.ts', import.meta.url));

const HEAD = 8;

/** A program in a process of its own, which gets two pipes and a file as from the launcher; `answer` plays its part. */
async function talk(
  program: string,
  answer: (operation: number, values: Float32Array) => Float32Array | undefined,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'torch-group-'));
  const path = join(folder, 'memory');
  const memory = openSync(path, 'w+');
  const code = `import { torchGroup } from ${JSON.stringify(source)}; ${program}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', memory],
    env: { ...process.env, TFJS_VAE_GROUP: '2,1,2,3,4,5' },
  });
  const [, out, error, request, reply] = child.stdio as unknown as [null, ...NodeJS.ReadableStream[]] &
    [null, NodeJS.ReadableStream, NodeJS.ReadableStream, NodeJS.ReadableStream, NodeJS.WritableStream];
  let text = '';
  for (const stream of [out, error]) stream.on('data', chunk => (text += chunk));
  let heads = Buffer.alloc(0);
  request.on('data', (chunk: Buffer) => {
    heads = Buffer.concat([heads, chunk]);
    for (; heads.length >= HEAD; heads = heads.subarray(HEAD)) {
      const values = new Float32Array(heads.readUInt32LE(4));
      readSync(memory, values, 0, values.byteLength, 0);
      const answered = answer(heads.readUInt32LE(0), values);
      if (!answered) return void reply.end();
      writeSync(memory, answered, 0, answered.byteLength, 0);
      reply.write(heads.subarray(0, HEAD));
    }
  });
  await new Promise(resolve => child.on('close', resolve));
  closeSync(memory);
  rmSync(folder, { recursive: true });
  return text;
}

test('without a launcher it is a group of one', async () => {
  const group = torchGroup();
  expect([group.rank, group.size]).toEqual([0, 1]);
  const values = Float32Array.of(1, 2);
  expect(await group.sum(values)).toBe(values);
  expect(await group.broadcast(values)).toBe(values);
});

test('a job that forgot the launcher is told: each process would train by itself', () => {
  Object.assign(process.env, { RANK: '1', WORLD_SIZE: '2' });
  try {
    expect(() => torchGroup()).toThrow('process 1 of 2, but it was not started by the launcher');
  } finally {
    delete process.env['RANK'];
    delete process.env['WORLD_SIZE'];
  }
});

test('there is one in a process', () => {
  expect(torchGroup()).toBe(torchGroup());
});

test('a launcher of another release, and pipes that did not come through, are said', () => {
  process.env['TFJS_VAE_GROUP'] = '1,3,4,0,2';
  expect(() => torchGroup()).toThrow('speaks protocol 1, and this release of tfjs-vae 2');
  process.env['TFJS_VAE_GROUP'] = '2,0,2,997,998,999';
  expect(() => torchGroup()).toThrow('let it start node itself');
  // Open, and something else than the pipes.
  const { ino } = fstatSync(0);
  process.env['TFJS_VAE_GROUP'] = `2,0,2,0,0,0,${ino},${ino},${ino + 1}`;
  expect(() => torchGroup()).toThrow('let it start node itself');
  process.env['TFJS_VAE_GROUP'] = `2,0,2,0,0,0,${ino},${ino},${ino}`;
  expect(torchGroup().size).toBe(2);
});

test('an array goes out with its operation, and comes back in place', async () => {
  const requests: unknown[] = [];
  const printed = await talk(
    `const group = torchGroup(); const values = new Float32Array([0, 1, 2.5, NaN]).subarray(1);
     const back = group.sum(values); console.log(back === values, [...back]); console.log([...group.broadcast(Float32Array.of(7))]);`,
    (operation, values) => {
      requests.push([operation, [...values]]);
      return operation === 0 ? Float32Array.of(3, 4, 5) : Float32Array.of(8);
    },
  );
  expect(printed).toBe('true [ 3, 4, 5 ]\n[ 8 ]\n');
  expect(requests).toEqual([
    [0, [1, 2.5, Number.NaN]],
    [1, [7]],
  ]);
});

test('a launcher that has gone ends the call with what to do', async () => {
  const printed = await talk('torchGroup().sum(Float32Array.of(1))', () => undefined);
  expect(printed).toContain('torchGroup: the group has ended, since another process of it has failed or was stopped');
});
