import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** A program of a user's, under a TypeScript runner: what it printed when it ended. */
async function errorOf(program: string): Promise<{ code: number; stderr: string }> {
  const text = `
    import * as tf from '@tensorflow/tfjs';
    import '@tensorflow/tfjs-backend-wasm';
    import { prepareBackend } from './src/index';
    (async () => {
      await tf.setBackend('wasm');
      ${program}
    })();`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', text];
  return promisify(execFile)(process.execPath, args, { cwd: process.cwd() }).then(
    () => ({ code: 0, stderr: '' }),
    (error: { code: number; stderr: string }) => error,
  );
}

test.each([
  ['an error', "setTimeout(() => { throw new Error('mine'); });"],
  ['a rejection', "await Promise.reject(new Error('mine'));"],
])('%s that nobody handles is printed as it is, with the exit code of Node', async (_, program) => {
  const buried = await errorOf(program);
  expect(buried.stderr.length).toBeGreaterThan(30_000);
  const plain = await errorOf(`await prepareBackend(); ${program}`);
  expect([buried.code, plain.code]).toEqual([7, 1]); // 7: the handler itself threw
  expect(plain.stderr.length).toBeLessThan(2000);
  expect(plain.stderr).toContain('Error: mine');
  expect(plain.stderr).not.toContain('backend-wasm');
});

test('restore() brings the listeners back, and those of others stay', async () => {
  const { stderr } = await errorOf(`
    const mine = () => {};
    process.on('unhandledRejection', mine);
    const events = ['uncaughtException', 'unhandledRejection'];
    const count = () => events.map(event => process.listenerCount(event)).join();
    const counts = [count()];
    const report = await prepareBackend();
    counts.push(count(), String(process.listeners('unhandledRejection').includes(mine)));
    report.restore();
    counts.push(count());
    process.stderr.write(counts.join(' '));
    process.exit(1);`);
  expect(stderr).toBe('1,2 0,1 true 1,2');
});
