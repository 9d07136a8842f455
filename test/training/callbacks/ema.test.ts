import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { BernoulliDecoder } from '../../../src/models/bernoulli-decoder';
import { freeze } from '../../../src/models/freeze';
import { GaussianEncoder } from '../../../src/models/gaussian-encoder';
import { Vae } from '../../../src/models/vae';
import { Rng } from '../../../src/random/rng';
import { ema } from '../../../src/training/callbacks/ema';
import { describeBackends } from '../../support/backends';
import { expectClose } from '../../support/expect-close';
import { mlp, weightsOf } from '../../support/networks';
import { handOf, saved, setAll, smallVae } from './support';

/** Seeded weights, others at each step. */
function jump(model: Vae, step: number): void {
  tf.tidy(() => {
    const rng = new Rng(5).fork(step);
    for (const [path, v] of Object.entries(model.variables())) v.assign(rng.fork(path).normal(v.shape));
  });
}

describeBackends('ema', () => {
  test.each([
    ['with warm-up', true],
    ['without', false],
  ])('follows the formula in float64 after each of 20 steps, %s', async (_, warmup) => {
    const start = tf.memory().numTensors;
    const model = smallVae();
    const average = ema({ decay: 0.7, warmup });
    average.setTrainer!(handOf(model));
    await average.onTrainBegin!();
    const expected = weightsOf(model);
    for (let n = 0; n < 20; n++) {
      jump(model, n);
      average.onStep!();
      const d = warmup ? Math.min(0.7, (1 + n) / (10 + n)) : 0.7;
      for (const [path, now] of Object.entries(weightsOf(model))) {
        expected[path] = expected[path]!.map((s, i) => s + (1 - d) * (now[i]! - s));
      }
      const soFar = await average.use(() => weightsOf(model));
      expectClose(Object.values(soFar).flat(), Object.values(expected).flat(), { tolerance: 1e-6 });
    }
    const own = weightsOf(model);
    const shown = await average.use(() => weightsOf(model));
    expect(weightsOf(model)).toEqual(own);
    expect(average.count).toBe(20);
    average.apply();
    expect(weightsOf(model)).toEqual(shown);
    // The averages do not move with the model.
    setAll(model, 0);
    average.apply();
    expect(weightsOf(model)).toEqual(shown);
    average.dispose();
    model.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });

  test('is evaluated on, and gone afterwards', async () => {
    const model = smallVae();
    const [on, off] = [ema({ decay: 0.5, warmup: false }), ema({ evaluate: false })];
    setAll(model, 0);
    for (const average of [on, off]) {
      average.setTrainer!(handOf(model));
      await average.onTrainBegin!();
    }
    setAll(model, 2);
    on.onStep!();
    off.onStep!();
    const seen = () => [...new Set(Object.values(weightsOf(model)).flat())];
    await off.onTestBegin!();
    expect(seen()).toEqual([2]);
    await off.onTestEnd!();
    await on.onTestBegin!();
    expect(seen()).toEqual([1]);
    expect(await on.use(seen)).toEqual([1]);
    expect(seen()).toEqual([1]);
    expect(() => on.apply()).toThrow('ema: apply() within use() or an evaluation');
    expect(() => on.onStep!()).toThrow('ema: a step was made on the averaged weights');
    await on.onTestEnd!();
    expect(seen()).toEqual([2]);
    await expect(
      on.use(() => {
        throw new Error('inside');
      }),
    ).rejects.toThrow('inside');
    expect(seen()).toEqual([2]);
    on.dispose();
    off.dispose();
    model.dispose();
  });

  test('a saved state goes on bit for bit', async () => {
    const model = smallVae();
    const make = () => {
      const average = ema({ decay: 0.9 });
      average.setTrainer!(handOf(model));
      return average;
    };
    const [whole, first, second] = [make(), make(), make()];
    await whole.onTrainBegin!();
    await first.onTrainBegin!();
    for (let n = 0; n < 12; n++) {
      if (n === 7) {
        const { state, tensors } = saved(first);
        expect(state).toEqual({ count: 7 });
        second.loadState!(state, tensors);
        tf.dispose(tensors);
        await second.onTrainBegin!();
      }
      jump(model, n);
      whole.onStep!();
      (n < 7 ? first : second).onStep!();
    }
    const shown = await whole.use(() => weightsOf(model));
    expect(await second.use(() => weightsOf(model))).toEqual(shown);
    for (const average of [whole, first, second]) average.dispose();
    model.dispose();
  });
});

describe('ema: the rest', () => {
  test('statistics of a batch normalisation are not averaged; a frozen part joins when it is thawed', async () => {
    const network = tf.sequential({
      layers: [tf.layers.dense({ inputShape: [6], units: 4 }), tf.layers.batchNormalization()],
    });
    const model = new Vae({
      encoder: new GaussianEncoder({ network, latentDim: 2, seed: 1 }),
      decoder: new BernoulliDecoder({ network: mlp([2, 6]) }),
    });
    const thaw = freeze(model, 'decoder');
    const average = ema({ decay: 0.5, warmup: false });
    average.setTrainer!(handOf(model));
    await average.onTrainBegin!();
    const paths = () => Object.keys(average.variables!());
    expect(paths().length).toBeGreaterThan(3);
    expect(paths().filter(path => /moving|decoder/.test(path))).toEqual([]);
    setAll(model, 3);
    average.onStep!();
    const moving = Object.keys(model.variables()).filter(path => path.includes('moving'));
    expect(moving).toHaveLength(2);
    const seen = await average.use(() => weightsOf(model));
    expect(new Set(moving.flatMap(path => seen[path]!))).toEqual(new Set([3]));
    thaw();
    average.onStep!();
    setAll(model, 5);
    average.onStep!();
    const later = await average.use(() => weightsOf(model));
    expect(new Set(later['decoder/0/bias'])).toEqual(new Set([4]));
    average.dispose();
    model.dispose();
  });

  test('another model starts anew, the same one goes on', async () => {
    const [model, other] = [smallVae(), smallVae()];
    const average = ema();
    average.setTrainer!(handOf(model));
    await average.onTrainBegin!();
    average.onStep!();
    average.setTrainer!(handOf(model));
    await average.onTrainBegin!();
    expect(average.count).toBe(1);
    average.setTrainer!(handOf(other));
    expect([average.count, Object.keys(average.variables!())]).toEqual([0, []]);
    model.dispose();
    other.dispose();
  });

  test('refuses a bad decay, a call before training, and a state that does not fit', () => {
    for (const decay of [1, -0.1, Number.NaN]) {
      expect(() => ema({ decay })).toThrow(`ema: decay must be in [0, 1), got ${decay}`);
    }
    const average = ema();
    expect(() => average.apply()).toThrow('ema: no trainer yet; give it to trainer.fit as one of its callbacks');
    average.setTrainer!(handOf(smallVae()));
    const tensors = { 'encoder/0/bias': tf.zeros([5, 1]) };
    expect(() => average.loadState!({ count: 1 }, tensors)).toThrow(
      'ema: encoder/0/bias is float32 [5] in the model, but float32 [5,1] in the saved state',
    );
    tf.dispose(tensors);
  });
});
