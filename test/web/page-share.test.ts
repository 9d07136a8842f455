import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pageShare } from '../../src/web/page-share';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Steps as a GPU makes them: one after another, each in so many milliseconds. */
function gpu(duration: number) {
  const share = pageShare();
  let begun = 0;
  let [inQueue, longest] = [0, 0];
  let free = 0;
  return {
    begun: () => begun,
    longest: () => longest,
    async start(steps: number, from = 0): Promise<void> {
      for (let step = from; step < from + steps; step++) {
        await share.onBatchBegin!(step);
        share.onStep!();
        begun++;
        longest = Math.max(longest, ++inQueue);
        free = Math.max(free, performance.now()) + duration;
        setTimeout(() => {
          inQueue--;
          share.onBatchEnd!(step);
        }, free - performance.now());
      }
    },
    forget: () => {
      longest = 0;
    },
  };
}

test('of slow steps one at a time is on its way', async () => {
  const device = gpu(40);
  const done = device.start(20);
  await vi.advanceTimersByTimeAsync(20 * 40);
  await done;
  expect(device.longest()).toBe(1);
  expect(device.begun()).toBe(20);
});

test('of quick steps as many as fit into a frame', async () => {
  const device = gpu(4);
  const first = device.start(40);
  await vi.advanceTimersByTimeAsync(40 * 4);
  await first;
  device.forget();
  const second = device.start(40, 40);
  await vi.advanceTimersByTimeAsync(40 * 4);
  await second;
  expect(device.longest()).toBeGreaterThanOrEqual(3);
  expect(device.longest()).toBeLessThanOrEqual(4);
});

test('a step that failed and says nothing holds up the run once, not for ever', async () => {
  const share = pageShare();
  await share.onBatchBegin!(0);
  share.onStep!();
  let begun = false;
  const next = (async () => {
    await share.onBatchBegin!(1);
    begun = true;
    share.onStep!();
    await share.onBatchBegin!(2);
  })();
  await vi.advanceTimersByTimeAsync(900);
  expect(begun).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  await next;
  expect(vi.getTimerCount()).toBe(0);
});
