import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { accumulateGradients } from '../../../src/optimizers/accumulate-gradients';
import { Adam } from '../../../src/optimizers/adam';
import { perPart } from '../../../src/optimizers/per-part';
import { warmupSchedule } from '../../../src/schedules/warmup';
import type { TrainerCallback, TrainerHandle } from '../../../src/training/callbacks';
import { earlyStopping } from '../../../src/training/callbacks/early-stopping';
import { ema } from '../../../src/training/callbacks/ema';
import { csvLog, jsonLines } from '../../../src/training/callbacks/log-lines';
import { reduceOnPlateau } from '../../../src/training/callbacks/reduce-on-plateau';
import { timeBudget } from '../../../src/training/callbacks/time-budget';
import { type LatentsReport, watchLatents } from '../../../src/training/callbacks/watch-latents';
import type { Snapshot } from '../../../src/training/snapshot';
import { VaeTrainer } from '../../../src/training/trainer';
import { describeBackends } from '../../support/backends';
import { pixelTensor, weightsOf } from '../../support/networks';
import { smallVae } from './support';

/** Takes a snapshot after the given step and stops. */
function interruptAfter(step: number, take: (snapshot: Snapshot) => void): TrainerCallback {
  let trainer: TrainerHandle | undefined;
  return {
    setTrainer(handle) {
      trainer = handle;
    },
    wantsIdle: when => when === 'step' && trainer!.steps === step,
    async onIdle() {
      take(await trainer!.snapshot());
      trainer!.stop();
    },
  };
}

/** A training with everything on; 3 steps an epoch. */
function everything(x: tf.Tensor, learningRate = 0.05) {
  const logs = { json: [] as string[], steps: [] as string[], csv: [] as string[], reports: [] as LatentsReport[] };
  const rate = warmupSchedule({ steps: 2, to: learningRate });
  const optimizer = accumulateGradients(
    perPart([
      { part: 'encoder/', optimizer: new Adam({ learningRate: rate }) },
      { part: 'decoder/', optimizer: new Adam({ learningRate: 2 * learningRate }) },
    ]),
    { steps: 2 },
  );
  const trainer = new VaeTrainer({ model: smallVae(), optimizer, seed: 11 });
  const average = ema({ decay: 0.8 });
  const stopping = earlyStopping({ patience: 2 });
  const callbacks: TrainerCallback[] = [
    average,
    stopping,
    reduceOnPlateau({ patience: 1, minDelta: 0.05 }),
    timeBudget({ seconds: 1e6 }),
    jsonLines(line => logs.json.push(line)),
    jsonLines(line => logs.steps.push(line), { every: 2 }),
    csvLog(line => logs.csv.push(line)),
    watchLatents({ data: x, onReport: report => logs.reports.push(report), every: 2 }),
  ];
  const fit = (totalEpochs: number, more: TrainerCallback[] = []) =>
    trainer.fit(x, { totalEpochs, batchSize: 8, validationData: x, callbacks: [...callbacks, ...more] });
  const dispose = () => {
    trainer.dispose();
    trainer.model.dispose!();
    average.dispose();
    stopping.dispose();
  };
  return { trainer, average, stopping, logs, fit, dispose };
}

const resultOf = ({ trainer, average, stopping }: ReturnType<typeof everything>, history: unknown) => ({
  history,
  weights: weightsOf(trainer.model),
  rate: trainer.optimizer.rateFactor,
  count: average.count,
  best: stopping.best,
  stopped: stopping.stopped,
});

describeBackends('callbacks in fit', () => {
  test('all of them: a run interrupted after any step goes on bit for bit, and nothing leaks', async () => {
    const x = pixelTensor(20, 6);
    // Lets the backend have what it keeps for good.
    const warm = everything(x);
    await warm.fit(1);
    warm.dispose();
    const start = tf.memory().numTensors;
    const whole = everything(x, 0.3);
    const expected = resultOf(whole, await whole.fit(12));
    expect(expected.stopped, 'early stopping was seen').toBe(true);
    expect(expected.rate, 'the plateau was seen').toBeLessThan(1);
    whole.dispose();
    for (const step of [1, 4, 6, 11]) {
      const first = everything(x, 0.3);
      let snapshot: Snapshot | undefined;
      await first.fit(12, [
        interruptAfter(step, taken => {
          snapshot = taken;
        }),
      ]);
      first.dispose();
      const second = everything(x, 0.3);
      // As a file would give the states back.
      const states = JSON.parse(JSON.stringify(snapshot!.callbacks));
      await second.trainer.resume({ ...snapshot!, callbacks: states });
      expect(resultOf(second, await second.fit(12))).toEqual(expected);
      expect([...first.logs.csv, ...second.logs.csv]).toEqual(whole.logs.csv);
      expect([...first.logs.json, ...second.logs.json]).toEqual(whole.logs.json);
      expect([...first.logs.steps, ...second.logs.steps]).toEqual(whole.logs.steps);
      expect([...first.logs.reports, ...second.logs.reports]).toEqual(whole.logs.reports);
      second.dispose();
      tf.dispose(snapshot!.tensors);
    }
    expect(tf.memory().numTensors).toBe(start);
    x.dispose();
  });

  test('the numbers of the validation are those of the averaged weights, which end as the best ones', async () => {
    const x = pixelTensor(20, 6);
    const run = everything(x);
    const { history } = await run.fit(3);
    const best = run.stopping.best!;
    expect(best.value).toBe(history.val_elbo![best.epoch]);
    expect((await run.trainer.evaluate(x, { batchSize: 8 })).elbo).toBe(best.value);
    expect(run.logs.csv[0]).toMatch(/^epoch,step,loss,elbo,.*val_elbo/);
    expect(run.logs.json).toHaveLength(3);
    expect(run.logs.steps).toHaveLength(4);
    run.dispose();
    x.dispose();
  });

  test('a budget that is used up ends training after its step', async () => {
    const x = pixelTensor(20, 6);
    const trainer = new VaeTrainer({ model: smallVae(), seed: 1 });
    await trainer.fit(x, { epochs: 5, batchSize: 8, callbacks: timeBudget({ seconds: 1e-9 }) });
    expect(trainer.steps).toBe(1);
    trainer.dispose();
    trainer.model.dispose!();
    x.dispose();
  });
});
