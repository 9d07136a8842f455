import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TrainerHandle } from '../../src/training/callbacks';
import type { TrainingLogs } from '../../src/web/messages';
import { throttledLogs } from '../../src/web/throttled-logs';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function start(steps = 0) {
  const messages: TrainingLogs[][] = [];
  const trainer = { steps };
  const logs = throttledLogs(entries => messages.push(entries));
  logs.setTrainer!(trainer as TrainerHandle);
  const batch = (index: number) => {
    trainer.steps++;
    logs.onBatchEnd!(index, { loss: index });
  };
  return { logs, messages, trainer, batch };
}

test('the newest batch wins, one message in 50 ms, and the last one comes by itself', () => {
  const { logs, messages, batch } = start();
  logs.onEpochBegin!(0);
  for (let i = 0; i < 100; i++) {
    batch(i);
    vi.advanceTimersByTime(2);
  }
  vi.advanceTimersByTime(100);
  expect(messages.map(entries => entries.map(({ steps }) => steps))).toEqual([[1], [25], [50], [75], [100]]);
  expect(vi.getTimerCount()).toBe(0);
});

test('ends of epochs are all told, in order, also when they come faster than messages', () => {
  const { logs, messages, batch } = start();
  for (let epoch = 0; epoch < 30; epoch++) {
    logs.onEpochBegin!(epoch);
    batch(0);
    batch(1);
    logs.onEpochEnd!(epoch, { loss: -epoch });
    vi.advanceTimersByTime(5);
  }
  logs.flush();
  expect(messages.length).toBeLessThanOrEqual(5);
  const all = messages.flat();
  expect(all.filter(({ of }) => of === 'epoch').map(({ epoch, steps }) => [epoch, steps])).toEqual(
    Array.from({ length: 30 }, (_, e) => [e, 2 * e + 2]),
  );
  expect(vi.getTimerCount()).toBe(0);
});

test('steps are those of the batch: in an epoch that goes on after a resume, and where numbers come back late', () => {
  const { logs, messages, trainer } = start(13);
  logs.onEpochBegin!(1);
  trainer.steps = 20;
  logs.onBatchEnd!(3, { loss: 1 });
  expect(messages.flat()).toEqual([{ of: 'batch', epoch: 1, steps: 14, logs: { loss: 1 } }]);
});
