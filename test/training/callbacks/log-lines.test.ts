import { describe, expect, test } from 'vitest';
import type { TrainerCallback } from '../../../src/training/callbacks';
import { csvLog, jsonLines } from '../../../src/training/callbacks/log-lines';
import type { Logs } from '../../../src/training/history';
import { type Hand, handOf, saved, smallVae } from './support';

const hand = () => handOf(smallVae());

/** Epochs of three steps; the numbers of a step come back when the trainer is ahead of them. */
async function run(callback: TrainerCallback, trainer: Hand, epochLogs: readonly Logs[], first = 0): Promise<void> {
  callback.setTrainer!(trainer);
  for (const [i, logs] of epochLogs.entries()) {
    await callback.onEpochBegin?.(first + i);
    const before = trainer.steps;
    trainer.steps += 3;
    for (let batch = 0; batch < 3; batch++) {
      await callback.onBatchEnd?.(batch, { batch, size: 8, loss: before + batch + 0.5 });
    }
    await callback.onEpochEnd?.(first + i, logs);
  }
}

describe('jsonLines', () => {
  test('a line for each epoch; what JSON lacks is a string that Number reads back', async () => {
    const lines: string[] = [];
    const log = jsonLines(line => lines.push(line));
    await run(log, hand(), [
      { loss: 0.1 + 0.2, val_elbo: -1e-30 },
      { loss: Number.NaN, val_elbo: -Infinity, 'a "b"\n': Infinity },
    ]);
    expect(lines).toEqual([
      '{"epoch":0,"step":3,"loss":0.30000000000000004,"val_elbo":-1e-30}',
      '{"epoch":1,"step":6,"loss":"NaN","val_elbo":"-Infinity","a \\"b\\"\\n":"Infinity"}',
    ]);
    const { loss, val_elbo } = JSON.parse(lines[1]!);
    expect([Number(loss), Number(val_elbo)]).toEqual([Number.NaN, -Infinity]);
  });

  test('what every n-th step said, over the ends of epochs', async () => {
    const lines: string[] = [];
    await run(
      jsonLines(line => lines.push(line), { every: 2 }),
      hand(),
      [{ loss: 1 }, { loss: 1 }],
    );
    expect(lines.map(line => JSON.parse(line))).toEqual([
      { epoch: 0, step: 2, batch: 1, size: 8, loss: 1.5 },
      { epoch: 1, step: 4, batch: 0, size: 8, loss: 3.5 },
      { epoch: 1, step: 6, batch: 2, size: 8, loss: 5.5 },
    ]);
  });

  test('a write that takes its time is waited for, and one that fails is heard of', async () => {
    const lines: string[] = [];
    const slow = jsonLines(async line => {
      await new Promise(resolve => setTimeout(resolve, 5));
      lines.push(line);
    });
    await run(slow, hand(), [{ loss: 1 }, { loss: 2 }]);
    expect(lines).toHaveLength(2);
    const failing = jsonLines(async () => {
      throw new Error('disk full');
    });
    await expect(run(failing, hand(), [{ loss: 1 }])).rejects.toThrow('disk full');
  });

  test('refuses what is no number of steps and no function', () => {
    for (const every of [0, 1.5, Number.NaN]) {
      expect(() => jsonLines(() => {}, { every })).toThrow(`jsonLines: every must be a positive integer, got ${every}`);
    }
    expect(() => jsonLines('log.jsonl' as unknown as () => void)).toThrow(
      'jsonLines: write must be a function that takes a line, got log.jsonl',
    );
  });
});

describe('csvLog', () => {
  test('has one head, quoted where needed; later keys are left out and missing ones are empty', async () => {
    const lines: string[] = [];
    await run(
      csvLog(line => lines.push(line)),
      hand(),
      [
        { loss: 1.5, 'a,"b"': 2 },
        { later: 7, loss: Number.NaN },
        { 'a,"b"': -Infinity, loss: 1e-12 },
      ],
    );
    expect(lines).toEqual(['epoch,step,loss,"a,""b"""', '0,3,1.5,2', '1,6,NaN,', '2,9,1e-12,-Infinity']);
  });

  test('chosen columns, in their order', async () => {
    const lines: string[] = [];
    const log = csvLog(line => lines.push(line), { every: 3, columns: ['loss', 'step', 'later'] });
    await run(log, hand(), [{}, {}]);
    expect(lines).toEqual(['loss,step,later', '2.5,3,', '5.5,6,']);
  });

  test('a resumed run writes no second head and keeps the columns', async () => {
    const lines: string[] = [];
    const write = (line: string) => lines.push(line);
    const trainer = hand();
    const first = csvLog(write);
    expect(saved(first).state).toEqual({ columns: null });
    await run(first, trainer, [{ loss: 1, elbo: -1 }]);
    const second = csvLog(write);
    second.loadState!(saved(first).state, {});
    await run(second, trainer, [{ elbo: -2, loss: 2, more: 3 }], 1);
    expect(lines).toEqual(['epoch,step,loss,elbo', '0,3,1,-1', '1,6,2,-2']);
    const fresh = csvLog(write);
    fresh.loadState!({ columns: null }, {});
    await run(fresh, trainer, [{ loss: 3 }], 2);
    expect(lines.slice(3)).toEqual(['epoch,step,loss', '2,9,3']);
  });

  test('a head that could not be written is written again', async () => {
    const lines: string[] = [];
    let fails = true;
    const log = csvLog(async line => {
      if (fails) throw new Error('disk full');
      lines.push(line);
    });
    await expect(run(log, hand(), [{ loss: 1 }])).rejects.toThrow('disk full');
    fails = false;
    await run(log, hand(), [{ loss: 1 }]);
    expect(lines).toEqual(['epoch,step,loss', '0,3,1']);
  });

  test('refuses no columns, doubled ones, and a state that is not its own', () => {
    expect(() => csvLog(() => {}, { columns: [] })).toThrow(
      'csvLog: columns must be different names, at least one, got []',
    );
    expect(() => csvLog(() => {}, { columns: ['a', 'a'] })).toThrow('got [a, a]');
    for (const state of [{ columns: [1] }, { seconds: 1 }, null]) {
      expect(() => csvLog(() => {}).loadState!(state, {})).toThrow('csvLog: the saved state has no columns, got');
    }
  });
});
