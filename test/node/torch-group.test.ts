import { spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { torchGroup } from '../../src/node/torch-group';

const forget = () => Reflect.deleteProperty(globalThis, Symbol.for('tfjs-vae/torch-group'));

afterEach(() => {
  forget();
  delete process.env['TFJS_VAE_GROUP'];
});

const source = fileURLToPath(new URL('../../src/node/torch-group.ts', import.meta.url));

/** A program in a process of its own, which gets two pipes as from the launcher; `answer` plays its part. */
function talk(program: string, answer: (request: Buffer) => Buffer | undefined): Promise<string> {
  const code = `import { torchGroup } from ${JSON.stringify(source)}; ${program}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, TFJS_VAE_GROUP: '1,3,4,1,2' },
  });
  const [, out, error, request, reply] = child.stdio as unknown as [null, ...NodeJS.ReadableStream[]] &
    [null, NodeJS.ReadableStream, NodeJS.ReadableStream, NodeJS.ReadableStream, NodeJS.WritableStream];
  let text = '';
  for (const stream of [out, error]) stream.on('data', chunk => (text += chunk));
  request.on('data', (chunk: Buffer) => {
    const answered = answer(chunk);
    if (answered) reply.write(answered);
    else reply.end();
  });
  return new Promise(resolve => child.on('close', () => resolve(text)));
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
  process.env['TFJS_VAE_GROUP'] = '2,3,4,0,2';
  expect(() => torchGroup()).toThrow('speaks protocol 2, and this release of tfjs-vae 1');
  process.env['TFJS_VAE_GROUP'] = '1,998,999,0,2';
  expect(() => torchGroup()).toThrow('let it start node itself');
  // Open, and something else than the pipes.
  const { ino } = fstatSync(0);
  process.env['TFJS_VAE_GROUP'] = `1,0,0,0,2,${ino},${ino + 1}`;
  expect(() => torchGroup()).toThrow('let it start node itself');
  process.env['TFJS_VAE_GROUP'] = `1,0,0,0,2,${ino},${ino}`;
  expect(torchGroup().size).toBe(2);
});

test('an array goes out behind its operation and length, and comes back in place', async () => {
  const requests: Buffer[] = [];
  const printed = await talk(
    `const group = torchGroup(); const values = Float32Array.of(1, 2.5, NaN);
     const back = group.sum(values); console.log(back === values, [...back]); console.log([...group.broadcast(Float32Array.of(7))]);`,
    request => {
      requests.push(Buffer.from(request));
      const all = Buffer.concat(requests);
      if (all.length === 8 + 12) return Buffer.from(Float32Array.of(3, 4, 5).buffer);
      return all.length === 20 + 12 ? Buffer.from(Float32Array.of(8).buffer) : Buffer.alloc(0);
    },
  );
  expect(printed).toBe('true [ 3, 4, 5 ]\n[ 8 ]\n');
  const all = Buffer.concat(requests);
  expect([all.readUInt32LE(0), all.readUInt32LE(4), all.readFloatLE(12)]).toEqual([0, 3, 2.5]);
  expect([all.readUInt32LE(20), all.readUInt32LE(24), all.readFloatLE(28)]).toEqual([1, 1, 7]);
});

test('a launcher that has gone ends the call with what to do', async () => {
  const printed = await talk('torchGroup().sum(Float32Array.of(1))', () => undefined);
  expect(printed).toContain('torchGroup: the group has ended, since another process of it has failed or was stopped');
});
