import { Worker } from 'node:worker_threads';

/** Largest input that can be shown when a reader hangs. */
const ROOM = 2 ** 16;

/** In a thread of its own, since a reader that never ends keeps this one busy. */
const CODE = `
const { workerData: { buffer, ms } } = require('node:worker_threads');
const [words, bytes] = [new Int32Array(buffer, 0, 2), new Uint8Array(buffer, 8)];
let last = -1;
setInterval(() => {
  const beat = Atomics.load(words, 0);
  if (beat === last) {
    const input = Buffer.from(bytes.slice(0, Atomics.load(words, 1))).toString('base64');
    require('node:fs').writeSync(2, 'no end after ' + ms + ' ms: ' + input + '\\n');
    process.kill(process.pid, 'SIGKILL');
  }
  last = beat;
}, ms);
`;

/** Ends the process, showing the input, when `started` is not called again for `ms`. */
export function watchdog(ms: number): { started(input: Uint8Array): void; stop(): Promise<number> } {
  const buffer = new SharedArrayBuffer(8 + ROOM);
  const words = new Int32Array(buffer, 0, 2);
  const bytes = new Uint8Array(buffer, 8);
  const worker = new Worker(CODE, { eval: true, workerData: { buffer, ms } });
  return {
    started(input) {
      bytes.set(input.subarray(0, ROOM));
      Atomics.store(words, 1, Math.min(input.length, ROOM));
      Atomics.add(words, 0, 1);
    },
    stop: () => worker.terminate(),
  };
}
