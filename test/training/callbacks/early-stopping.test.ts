import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { earlyStopping } from '../../../src/training/callbacks/early-stopping';
import { ema } from '../../../src/training/callbacks/ema';
import { describeBackends } from '../../support/backends';
import { weightsOf } from '../../support/networks';
import { epochs, handOf, saved, setAll, smallVae } from './support';

const elbos = (...values: number[]) => values.map(val_elbo => ({ loss: 1, val_elbo }));
const oneWeight = (model: ReturnType<typeof smallVae>) => new Set(Object.values(weightsOf(model)).flat());

describeBackends('earlyStopping', () => {
  test('ends after patience epochs without a larger val_elbo, and restores the best weights', async () => {
    const start = tf.memory().numTensors;
    const model = smallVae();
    const hand = handOf(model);
    const stopping = earlyStopping({ patience: 2 });
    stopping.setTrainer!(hand);
    const logs = elbos(-100, -90, -95, -80, -81, Number.NaN, -70);
    expect(await epochs(stopping, hand, logs, { train: epoch => setAll(model, epoch) })).toBe(6);
    expect(stopping.best).toEqual({ epoch: 3, value: -80 });
    expect(stopping.stopped).toBe(true);
    expect(oneWeight(model)).toEqual(new Set([3]));
    // What is kept is a copy: training that goes on does not change it.
    setAll(model, 9);
    stopping.restore();
    expect(oneWeight(model)).toEqual(new Set([3]));
    stopping.dispose();
    model.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });

  test('a saved state goes on within the wait, with the best weights', async () => {
    const model = smallVae();
    const train = (epoch: number) => setAll(model, epoch);
    const first = earlyStopping({ patience: 3 });
    first.setTrainer!(handOf(model));
    await epochs(first, handOf(model), elbos(-5, -4, -6, -6), { train });
    const { state, tensors } = saved(first);
    expect(state).toEqual({ best: -4, epoch: 1, waited: 2 });
    const [second, hand] = [earlyStopping({ patience: 3 }), handOf(model)];
    second.setTrainer!(hand);
    second.loadState!(state, tensors);
    tf.dispose(tensors);
    expect(await epochs(second, hand, elbos(-6, -1), { first: 4, train })).toBe(1);
    expect(oneWeight(model)).toEqual(new Set([1]));
    first.dispose();
    second.dispose();
    model.dispose();
  });
});

describe('earlyStopping: the rest', () => {
  test.each([
    ['elbo', [-3, -2, -2.5], 1],
    ['val_bound', [-3, -2, -2.5], 1],
    ['loss', [3, 2, 2.5], 1],
    ['val_kl', [1, 2, 3], 0],
    ['val_reconstruction', [3, 1, 2], 1],
    ['discriminatorLoss', [3, 1, 2], 1],
  ])('knows what is better for %s', async (monitor, series, bestEpoch) => {
    const stopping = earlyStopping({ monitor, restoreBest: false });
    const hand = handOf(smallVae());
    stopping.setTrainer!(hand);
    const logs = series.map(value => ({ [monitor]: value }));
    await epochs(stopping, hand, logs);
    expect(stopping.best).toEqual({ epoch: bestEpoch, value: series[bestEpoch] });
  });

  test('a metric of one’s own needs a mode; minDelta and startFromEpoch are heeded', async () => {
    expect(() => earlyStopping({ monitor: 'val_mig' })).toThrow(
      "earlyStopping: mode is not known for 'val_mig'; give 'min' where smaller is better, 'max' where larger is",
    );
    const stopping = earlyStopping({ monitor: 'mig', mode: 'max', minDelta: 1, patience: 2, startFromEpoch: 1 });
    const hand = handOf(smallVae());
    stopping.setTrainer!(hand);
    const logs = [9, 0, 0.5, 1, 1.5, 3].map(mig => ({ mig }));
    expect(await epochs(stopping, hand, logs)).toBe(4);
    expect(stopping.best).toEqual({ epoch: 1, value: 0 });
    stopping.dispose();
  });

  test('infinities are no best value', async () => {
    const stopping = earlyStopping({ patience: 9 });
    const hand = handOf(smallVae());
    stopping.setTrainer!(hand);
    await epochs(stopping, hand, elbos(Infinity, -Infinity, -7, Infinity));
    expect(stopping.best).toEqual({ epoch: 2, value: -7 });
    stopping.dispose();
  });

  test('a later fit goes on with the best, and waits anew; another model starts anew', async () => {
    const model = smallVae();
    const hand = handOf(model);
    const stopping = earlyStopping({ patience: 2 });
    stopping.setTrainer!(hand);
    expect(await epochs(stopping, hand, elbos(-1, -2, -2, -2))).toBe(3);
    stopping.setTrainer!(hand);
    expect(await epochs(stopping, hand, elbos(-2, -2, -2), { first: 3 })).toBe(2);
    expect(stopping.best).toEqual({ epoch: 0, value: -1 });
    const other = handOf(smallVae());
    stopping.setTrainer!(other);
    expect(stopping.best).toBeUndefined();
    expect(Object.keys(stopping.variables!())).toEqual([]);
  });

  test('after ema, the averaged weights are kept: those that were evaluated', async () => {
    const model = smallVae();
    const hand = handOf(model);
    const [average, stopping] = [ema({ decay: 0.5, warmup: false }), earlyStopping({ patience: 1 })];
    for (const callback of [average, stopping]) callback.setTrainer!(hand);
    setAll(model, 0);
    await average.onTrainBegin!();
    await stopping.onTrainBegin!();
    setAll(model, 8);
    average.onStep!();
    for (const callback of [average, stopping]) await callback.onTestBegin!();
    for (const callback of [average, stopping]) await callback.onTestEnd?.();
    await stopping.onEpochEnd!(0, { val_elbo: -1 });
    const normal = Object.entries(model.variables()).filter(([, v]) => v.trainable);
    expect(new Set(normal.flatMap(([, v]) => Array.from(v.dataSync())))).toEqual(new Set([8]));
    await stopping.onTrainEnd!();
    expect(oneWeight(model)).toEqual(new Set([4]));
    average.dispose();
    stopping.dispose();
    model.dispose();
  });

  test('a key that is not there is an error that says what there is', async () => {
    const stopping = earlyStopping();
    const hand = handOf(smallVae());
    stopping.setTrainer!(hand);
    await expect(epochs(stopping, hand, [{ loss: 1, elbo: -1 }])).rejects.toThrow(
      "earlyStopping: the logs of the epoch have no 'val_elbo', they have loss, elbo; keys that begin with val_ need validationData",
    );
    await expect(epochs(stopping, hand, [{ loss: 1, val_loss: 1 }])).rejects.toThrow(/they have loss, val_loss$/);
  });

  test('refuses bad options, and a state that is not its own', () => {
    expect(() => earlyStopping({ patience: 0 })).toThrow('earlyStopping: patience must be a positive integer, got 0');
    expect(() => earlyStopping({ minDelta: -1 })).toThrow(
      'earlyStopping: minDelta must be a number of at least 0, got -1',
    );
    expect(() => earlyStopping({ startFromEpoch: 0.5 })).toThrow(
      'earlyStopping: startFromEpoch must be an epoch, 0 or more, got 0.5',
    );
    const stopping = earlyStopping();
    expect(() => stopping.restore()).toThrow('earlyStopping: no trainer yet; give it to trainer.fit');
    stopping.setTrainer!(handOf(smallVae()));
    expect(() => stopping.loadState!({ seconds: 3 }, {})).toThrow(
      'earlyStopping: the saved state has no number \'best\', got {"seconds":3}; is it that of another callback?',
    );
    const state = { best: -1, epoch: 0, waited: 0 };
    const tensors = { 'encoder/0/bias': tf.zeros([4]) };
    expect(() => stopping.loadState!(state, tensors)).toThrow(
      'earlyStopping: encoder/0/bias is float32 [5] in the model, but float32 [4] in the saved state',
    );
    expect(() => stopping.loadState!(state, { 'encoder/9/bias': tensors['encoder/0/bias'] })).toThrow(
      "earlyStopping: the saved state holds 'encoder/9/bias', which the model does not have",
    );
    tf.dispose(tensors);
  });
});
