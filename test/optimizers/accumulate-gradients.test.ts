import * as tf from '@tensorflow/tfjs';
import { describe, expect, test, vi } from 'vitest';
import { freeze } from '../../src/models/freeze';
import { mlpVae } from '../../src/models/mlp-vae';
import type { Objective } from '../../src/objectives/objective';
import { accumulateGradients } from '../../src/optimizers/accumulate-gradients';
import { Adam } from '../../src/optimizers/adam';
import * as device from '../../src/optimizers/device';
import type { Optimizer } from '../../src/optimizers/optimizer';
import { VaeTrainer } from '../../src/training/trainer';
import { describeBackends } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { pixelTensor, weightsOf } from '../support/networks';
import { apply, gradients, SIZE, variableOf } from './textbook';

const ones = () => variableOf(Array(SIZE).fill(1));
const numbers = (t: tf.Tensor) => Array.from(t.dataSync());
const flat = (weights: Record<string, number[]>) => Object.values(weights).flat();

vi.mock('../../src/optimizers/device', { spy: true });

/** A mean over the batch without noise: the negative log-likelihood at the posterior mean. */
const deterministic: Objective = {
  evaluate(model, batch, context) {
    const { likelihood, latents } = model.pass(batch, context);
    const kl = tf.mean(latents[0]!.posterior.kl(latents[0]!.prior)) as tf.Scalar;
    const drawn = tf.sum(tf.square(latents[0]!.posterior.mean()));
    return {
      loss: tf.add(kl, tf.div(drawn, batch.x.shape[0]!)) as tf.Scalar,
      reconstruction: tf.mean(likelihood.mean()),
    };
  },
};

describeBackends('accumulateGradients', () => {
  test.each([
    ['SGD', () => tf.train.sgd(0.5)],
    ['Adam', () => new Adam({ learningRate: 0.02 })],
  ])('4 micro-batches of 32 give the update of one batch of 128, %s', (_, make) => {
    const x = pixelTensor(128, 6);
    const train = (batchSize: number, optimizer: Optimizer | tf.Optimizer) => {
      const vae = mlpVae({ inputShape: [6], latentDim: 2, hidden: [5], seed: 1 });
      const trainer = new VaeTrainer({ model: vae, objective: deterministic, optimizer, seed: 3 });
      const start = flat(weightsOf(vae));
      for (let round = 0; round < 2; round++) {
        for (let first = 0; first < 128; first += batchSize) {
          tf.tidy(() => void trainer.step({ x: tf.slice(x, [first, 0], [batchSize, 6]) }));
        }
      }
      const end = flat(weightsOf(vae));
      trainer.dispose();
      vae.dispose();
      return end.map((v, i) => v - start[i]!);
    };
    const whole = train(128, make());
    expect(Math.hypot(...whole)).toBeGreaterThan(0.01);
    expectClose(train(32, accumulateGradients(make(), { steps: 4 })), whole, { tolerance: 2e-4, floor: 0.05 });
    x.dispose();
  });

  test.each([
    ['where the flag is known here', true],
    ['where the flag is on the device alone', false],
  ])('what is not finite adds nothing and does not count, %s', (_, atOnce) => {
    vi.mocked(device.readsAtOnce).mockReturnValue(atOnce);
    try {
      const bad = Array(SIZE).fill(Number.NaN);
      const optimizer = accumulateGradients(tf.train.sgd(1), { steps: 3 });
      const variable = ones();
      apply(optimizer, variable, gradients(0), 0);
      apply(optimizer, variable, bad, 1, { finite: 0 });
      expect(numbers(variable)).toEqual(Array(SIZE).fill(1));
      apply(optimizer, variable, gradients(2), 2);
      const expected = gradients(0).map((g, i) => 1 - (g + gradients(2)[i]!) / 2);
      expectClose(numbers(variable), expected, { tolerance: 1e-6 });
      const before = numbers(variable);
      for (const step of [3, 4, 5]) apply(optimizer, variable, bad, step, { finite: 0 });
      expect(numbers(variable)).toEqual(before);
      for (const step of [6, 7]) apply(optimizer, variable, bad, step, { finite: 0 });
      apply(optimizer, variable, gradients(8), 8);
      expectClose(
        numbers(variable),
        gradients(8).map((g, i) => before[i]! - g),
        { tolerance: 1e-6 },
      );
      optimizer.dispose();
      variable.dispose();
    } finally {
      vi.mocked(device.readsAtOnce).mockReset();
    }
  });

  test('a saved state goes on within a group, bit for bit, and nothing leaks', () => {
    const start = tf.memory().numTensors;
    const make = () => accumulateGradients(new Adam({ learningRate: 0.1 }), { steps: 4 });
    const [whole, first, second] = [make(), make(), make()];
    const [a, b] = [ones(), ones()];
    for (let step = 0; step < 12; step++) {
      if (step === 6) {
        const state = first.variables();
        expect(Object.keys(state)).toEqual(['count', 'sum/w', 'inner/count', 'inner/w/m', 'inner/w/v']);
        second.load!(state);
        first.dispose();
      }
      apply(whole, a, gradients(step), step);
      apply(step < 6 ? first : second, b, gradients(step), step);
    }
    expect(numbers(b)).toEqual(numbers(a));
    expect(Object.keys(whole.variables())).toEqual(['inner/count', 'inner/w/m', 'inner/w/v']);
    for (const one of [whole, second, a, b]) one.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });
});

describe('accumulateGradients: the rest', () => {
  test('the schedule within counts updates', () => {
    const seen: number[] = [];
    const learningRate = (step: number) => {
      seen.push(step);
      return 0.1;
    };
    const optimizer = accumulateGradients(new Adam({ learningRate }), { steps: 3 });
    const variable = ones();
    for (let step = 0; step < 9; step++) apply(optimizer, variable, gradients(step), step);
    expect(seen).toEqual([0, 1, 2]);
    optimizer.dispose();
    variable.dispose();
  });

  test('a variable that is frozen within a group stays where it is', () => {
    const vae = mlpVae({ inputShape: [6], latentDim: 2, hidden: [5], seed: 1 });
    const trainer = new VaeTrainer({ model: vae, optimizer: accumulateGradients(new Adam(), { steps: 2 }), seed: 3 });
    const x = pixelTensor(8, 6);
    const before = weightsOf(vae);
    tf.tidy(() => void trainer.step({ x }));
    freeze(vae, 'encoder');
    tf.tidy(() => void trainer.step({ x }));
    const after = weightsOf(vae);
    const same = Object.keys(after).filter(path => after[path]!.join() === before[path]!.join());
    expect(same).toEqual(Object.keys(after).filter(path => path.startsWith('encoder/')));
    trainer.dispose();
    vae.dispose();
    x.dispose();
  });

  test('has the rate factor of what it wraps, and lacks what that cannot do', () => {
    const inner = new Adam();
    const optimizer = accumulateGradients(inner, { steps: 2 });
    expect(optimizer.rateFactor).toBe(1);
    optimizer.rateFactor = 0.25;
    expect(inner.rateFactor).toBe(0.25);
    const { rateFactor, load } = accumulateGradients(tf.train.sgd(1), { steps: 2 });
    expect([rateFactor, load]).toEqual([undefined, undefined]);
  });

  test('refuses a bad number of steps', () => {
    for (const steps of [0, 1.5, Number.NaN]) {
      expect(() => accumulateGradients(new Adam(), { steps })).toThrow(
        `accumulateGradients: steps must be a positive integer, got ${steps}`,
      );
    }
  });
});
