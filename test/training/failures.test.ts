import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mlpVae } from '../../src/models/mlp-vae';
import { elboObjective } from '../../src/objectives/elbo-objective';
import type { Objective, Terms } from '../../src/objectives/objective';
import type { Callbacks } from '../../src/training/callbacks';
import { VaeTrainer } from '../../src/training/trainer';
import { pixelTensor } from '../support/networks';

beforeEach(() => tf.setBackend('cpu'));

const trainerOf = (change: (terms: Terms) => Terms = t => t, learningRate?: number | (() => number)) => {
  const elbo = elboObjective();
  const objective: Objective = {
    evaluate: (model, batch, context) => change(elbo.evaluate(model, batch, context)),
  };
  return new VaeTrainer({
    model: mlpVae({ inputShape: [6], latentDim: 2, hidden: [5], seed: 1 }),
    objective,
    seed: 1,
    ...(learningRate !== undefined && { learningRate }),
  });
};
const withMetrics = (metrics: () => Record<string, tf.Tensor>) =>
  trainerOf(terms => ({ ...terms, metrics: metrics() as Record<string, tf.Scalar> }));

let x: tf.Tensor2D;
beforeEach(() => {
  x = pixelTensor(8, 6) as tf.Tensor2D;
});
afterEach(() => x.dispose());

const fit = (trainer: VaeTrainer, callbacks: Callbacks = []) => trainer.fit(x, { epochs: 1, batchSize: 4, callbacks });
const end = (trainer: VaeTrainer) => {
  trainer.dispose();
  (trainer.model as ReturnType<typeof mlpVae>).dispose();
};

describe('names of metrics', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is a series like others', async name => {
    const trainer = withMetrics(() => Object.fromEntries([[name, tf.scalar(2)]]));
    const logs: Record<string, number>[] = [];
    const { history } = await fit(trainer, {
      onEpochEnd: (_, l) => void logs.push(l!),
      onBatchEnd: (_, l) => void logs.push(l!),
    });
    await fit(trainer);
    expect(Object.getOwnPropertyDescriptor(history, name)?.value).toEqual([2]);
    expect(Object.keys(history)).toEqual(['loss', 'elbo', 'reconstruction', 'kl', name, 'beta']);
    for (const log of logs) expect(Object.getOwnPropertyDescriptor(log, name)?.value).toBe(2);
    const { sums } = (await trainer.snapshot({ exact: false })).progress;
    expect(Object.getPrototypeOf(sums)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['0']).toBeUndefined();
    expect(await trainer.evaluate(x)).toHaveProperty([name], 2);
    end(trainer);
  });

  test.each(['loss', 'elbo', 'batch', 'val_loss', 'skipped'])('%s is the name of something else', async name => {
    const trainer = withMetrics(() => ({ [name]: tf.scalar(2) }));
    const before = tf.memory().numTensors;
    await expect(fit(trainer)).rejects.toThrow(`a metric cannot be called ${name}, which the logs use; rename it`);
    await expect(trainer.evaluate(x)).rejects.toThrow(`a metric cannot be called ${name}`);
    expect(tf.memory().numTensors).toBe(before);
    const scheduled = trainerOf(terms => ({ ...terms, schedules: { [name]: 3 } }));
    await expect(fit(scheduled)).rejects.toThrow(`a metric cannot be called ${name}`);
    end(trainer);
    end(scheduled);
  });
});

test('the history has loss and reconstruction before there is an epoch, and where all was skipped', async () => {
  const trainer = trainerOf(terms => ({ ...terms, loss: tf.mul(terms.loss, Number.NaN) }));
  trainer.stop();
  const aborted = await trainer.fit(x, { epochs: 1, signal: AbortSignal.abort() });
  expect(aborted.history).toEqual({ loss: [], reconstruction: [] });
  const { history } = await trainer.fit(x, { epochs: 1, batchSize: 4, onNonFinite: 'skip' });
  expect(history).toEqual({ loss: [Number.NaN], reconstruction: [Number.NaN], skipped: [2] });
  end(trainer);
});

describe('a metric that is somebody else’s', () => {
  test('a variable and a tensor of the caller stay', async () => {
    const multiplier = tf.variable(tf.scalar(3), false);
    const constant = tf.scalar(4);
    const trainer = withMetrics(() => ({ multiplier, constant }));
    const { history } = await fit(trainer);
    expect([history['multiplier'], history['constant']]).toEqual([[3], [4]]);
    expect(await trainer.evaluate(x)).toMatchObject({ multiplier: 3, constant: 4 });
    const terms = trainer.step({ x });
    tf.dispose([terms.loss, terms.metrics ?? {}]);
    expect([multiplier.isDisposed, constant.isDisposed]).toEqual([false, false]);
    tf.dispose([multiplier, constant]);
    end(trainer);
  });

  test('one that is not finite gates no step, and the error says so', async () => {
    const trainer = withMetrics(() => ({ gap: tf.scalar(Number.NaN) }));
    const kernel = Object.values(trainer.model.variables())[0]!;
    const before = kernel.dataSync().slice();
    await expect(fit(trainer)).rejects.toThrow(
      "fit: gap is NaN at step 0 (batch 0 of epoch 0); loss and gradients are finite, so the step was made. Mend the metric, or give onNonFinite: 'skip' to go on.",
    );
    expect(kernel.dataSync()).not.toEqual(before);
    const { history } = await trainer.fit(x, { epochs: 1, batchSize: 4, onNonFinite: 'skip' });
    expect([history['gap'], history['skipped']]).toEqual([[Number.NaN], [0]]);
    expect(history.loss[0]).toBeGreaterThan(0);
    end(trainer);
  });
});

describe('nothing is left behind', () => {
  const failure = new Error('no such thing');
  const thrown = (): never => {
    throw failure;
  };
  const backward = (loss: tf.Scalar) =>
    tf.customGrad((...args) => ({ value: tf.clone(args[0] as tf.Tensor), gradFunc: thrown }))(loss) as tf.Scalar;

  test.each<[string, () => VaeTrainer, string]>([
    ['by an objective that throws', () => trainerOf(thrown), 'no such thing'],
    ['by a backward pass that throws', () => trainerOf(t => ({ ...t, loss: backward(t.loss) })), 'no such thing'],
    [
      'by a learning rate of NaN',
      () =>
        trainerOf(
          t => t,
          () => Number.NaN,
        ),
      'Adam: learningRate must be 0 or more, got NaN at step 0',
    ],
    [
      'by a metric that is no scalar',
      () => withMetrics(() => ({ perUnit: tf.ones([2]) })),
      "the objective's perUnit must be a scalar, got [2]",
    ],
  ])('%s', async (_, make, message) => {
    const trainer = make();
    const attempt = () => {
      expect(() => trainer.step({ x })).toThrow(message);
      return tf.memory().numTensors;
    };
    const once = attempt();
    // The first step makes the state of the optimizer.
    expect([attempt(), attempt()]).toEqual([once, once]);
    await expect(fit(trainer)).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(once);
    end(trainer);
  });

  test('and gradients work afterwards, also those around a failure', () => {
    const trainer = trainerOf(thrown);
    expect(() => trainer.step({ x })).toThrow(failure);
    const outer = tf.tidy(() =>
      tf
        .grad(v => {
          const y = tf.square(v);
          expect(() => trainer.step({ x })).toThrow(failure);
          return y as tf.Scalar;
        })(tf.scalar(3))
        .dataSync(),
    );
    expect([...outer]).toEqual([6]);
    end(trainer);
  });
});

describe('hooks', () => {
  test.each(['onStep', 'setParams', 'setTrainer', 'onTrainBegin', 'onEpochEnd'])(
    'an asynchronous %s that fails ends fit with its error',
    async hook => {
      const trainer = trainerOf();
      const callback = {
        [hook]: async () => {
          await new Promise(resolve => setTimeout(resolve, 5));
          throw new Error(`${hook} failed late`);
        },
      };
      await expect(fit(trainer, callback)).rejects.toThrow(`${hook} failed late`);
      end(trainer);
    },
  );

  test('wantsIdle must answer at once', async () => {
    const trainer = trainerOf();
    const wantsIdle = (async () => {
      throw new Error('late');
    }) as unknown as () => boolean;
    await expect(fit(trainer, { wantsIdle })).rejects.toThrow(
      'callbacks: wantsIdle must answer at once, got a promise',
    );
    end(trainer);
  });

  test('setParams and setTrainer are awaited', async () => {
    const calls: string[] = [];
    const slow = (name: string) => async () => {
      await new Promise(resolve => setTimeout(resolve, 5));
      calls.push(name);
    };
    const trainer = trainerOf();
    await fit(trainer, {
      setTrainer: slow('setTrainer'),
      setParams: slow('setParams'),
      onTrainBegin: slow('onTrainBegin'),
    });
    expect(calls).toEqual(['setTrainer', 'setParams', 'onTrainBegin']);
    end(trainer);
  });

  test('lists within lists are one list', async () => {
    const trainer = trainerOf();
    let steps = 0;
    const count = { onStep: () => void steps++ };
    await fit(trainer, [count, [count, [count]]] as unknown as Callbacks);
    expect(steps).toBe(6);
    end(trainer);
  });

  test.each([
    ['onEpochEnds', 'onEpochEnd'],
    ['onEpochend', 'onEpochEnd'],
    ['onEpoch_end', 'onEpochEnd'],
    ['on_epoch_end', 'onEpochEnd'],
    ['onBatch', 'onBatchBegin'],
    ['onRest', 'onIdle, and wantsIdle for restDue'],
  ])('a misspelt %s is refused', async (key, meant) => {
    const trainer = trainerOf();
    const message = `callbacks: unknown option ${key}; write ${meant}`;
    await expect(fit(trainer, { [key]: () => {} } as Callbacks)).rejects.toThrow(message);
    class Own {}
    Object.defineProperty(Own.prototype, key, { value: () => {} });
    await expect(fit(trainer, new Own() as Callbacks)).rejects.toThrow(message);
    end(trainer);
  });

  test('other keys of other people’s callbacks are theirs', async () => {
    const trainer = trainerOf();
    const emitter = { once: () => {}, params: 1, model: undefined, anything: true };
    await fit(trainer, [emitter as Callbacks, tf.callbacks.earlyStopping({ monitor: 'loss' }) as Callbacks].flat());
    end(trainer);
  });
});
