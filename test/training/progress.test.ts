import { expect, test } from 'vitest';
import {
  addReading,
  continueEpoch,
  countBatch,
  countStep,
  finishEpoch,
  nameRun,
  newProgress,
  restoreProgress,
  runIdOf,
} from '../../src/training/progress';
import type { TrainerState } from '../../src/training/trainer-state';

/** In the second of its epochs, with two batches of 8 out of 50 examples done. */
function interrupted() {
  const progress = newProgress(7);
  continueEpoch(progress, 50, 8);
  finishEpoch(progress, { loss: 3, reconstruction: 2 });
  continueEpoch(progress, 50, 8);
  for (const index of [0, 1]) {
    countStep(progress);
    countBatch(progress, index);
    addReading(progress, { finite: true, logs: { loss: index }, weight: 8 });
  }
  return progress;
}

test('an epoch goes on where its batches are still the same ones', () => {
  const progress = interrupted();
  continueEpoch(progress, 50, 8);
  expect(progress).toMatchObject({ epoch: 1, batch: 2, steps: 2, sums: { loss: [8, 16] } });
});

test.each([
  ['other data', 51, 8],
  ['another batch size', 50, 16],
  ['a stream', undefined, 8],
])('with %s it starts anew, and the steps that were made still count', (_, size, batchSize) => {
  const progress = interrupted();
  continueEpoch(progress, size, batchSize);
  expect(progress).toMatchObject({ epoch: 1, batch: 0, steps: 2, sums: {}, size, batchSize });
});

test('a stream never goes on within an epoch', () => {
  const progress = newProgress(7);
  continueEpoch(progress, undefined, 8);
  countBatch(progress, 0);
  continueEpoch(progress, undefined, 8);
  expect(progress.batch).toBe(0);
});

test('a step that was not made is counted as skipped, and is not in the sums', () => {
  const progress = interrupted();
  addReading(progress, { finite: false, logs: { loss: Number.NaN }, weight: 8 });
  expect(progress).toMatchObject({ skipped: 1, sums: { loss: [8, 16] } });
  finishEpoch(progress, { loss: 1, reconstruction: 1 });
  expect(progress).toMatchObject({ epoch: 2, batch: 0, skipped: 0, sums: {} });
  expect(progress.history).toMatchObject({ epoch: [0, 1], history: { loss: [3, 1] } });
});

test('a restored progress shares nothing with what was saved, and keeps the id of its run', () => {
  const saved = interrupted();
  nameRun(saved);
  const id = saved.run;
  nameRun(saved);
  expect(saved.run).toBe(id);
  const progress = newProgress(1);
  restoreProgress(progress, saved);
  expect(progress).toEqual(saved);
  finishEpoch(progress, { loss: 0, reconstruction: 0 });
  expect(saved.history.epoch).toEqual([0]);
});

test('a run of an earlier release, which wrote no id, is known by its seed', () => {
  const progress = newProgress(1);
  restoreProgress(progress, newProgress(7));
  expect(runIdOf(progress)).toBe('of seed 7');
});

test('others cannot write to the progress of a trainer', () => {
  const write = ({ progress }: TrainerState) => {
    // @ts-expect-error Only the functions of progress.ts write to it.
    progress.steps = 1;
  };
  expect(write).toBeTypeOf('function');
});
