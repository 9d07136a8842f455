import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { BernoulliDecoder } from '../../src/models/bernoulli-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import { mlpVae } from '../../src/models/mlp-vae';
import { Vae } from '../../src/models/vae';
import { elboObjective } from '../../src/objectives/elbo-objective';
import type { Objective } from '../../src/objectives/objective';
import { Rng } from '../../src/random/rng';
import { VaeTrainer } from '../../src/training/trainer';
import { describeBackends } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { mlp, pixelTensor, weightsOf } from '../support/networks';

const SIZE = 6;
const model = (more = {}) => mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [5], seed: 1, ...more });
const flat = (weights: Record<string, number[]>) => Object.values(weights).flat();

/** The objective of a VAE with something done to its loss. */
function altered(change: (loss: tf.Scalar, kl: tf.Scalar, step: number) => tf.Tensor): Objective {
  const inner = elboObjective();
  return {
    evaluate(vae, batch, context) {
      const terms = inner.evaluate(vae, batch, context);
      return { ...terms, loss: change(terms.loss, terms.kl!, context.step) as tf.Scalar };
    },
  };
}

describeBackends('a step', () => {
  test('clips by the global norm: SGD with rate 1 moves by the norm, in the direction of the gradient', () => {
    const x = pixelTensor(4, SIZE);
    const moved = (clipNorm?: number) => {
      const vae = model();
      const before = flat(weightsOf(vae));
      const optimizer = tf.train.sgd(1);
      const trainer = new VaeTrainer({ model: vae, optimizer, seed: 3, ...(clipNorm !== undefined && { clipNorm }) });
      tf.tidy(() => void trainer.step({ x }));
      return flat(weightsOf(vae)).map((v, i) => before[i]! - v);
    };
    const gradient = moved();
    const norm = Math.hypot(...gradient);
    expect(norm).toBeGreaterThan(0.1);
    const clipped = moved(norm / 10);
    expectClose(
      clipped,
      gradient.map(g => g / 10),
      { tolerance: 1e-5, floor: norm / 10 },
    );
    expectClose([Math.hypot(...clipped)], [norm / 10], { tolerance: 1e-5 });
    expectClose(moved(norm * 10), gradient, { tolerance: 1e-6, floor: norm });
  });

  test('the gradient is that of the loss, by finite differences', () => {
    const x = pixelTensor(4, SIZE);
    const vae = model();
    const objective = elboObjective();
    const bias = vae.variables()['encoder/head/0/logVarBias']!;
    const loss = () =>
      tf.tidy(() => {
        const rng = new Rng(3).fork('train').fork(0);
        return objective.evaluate(vae, { x }, { step: 0, rng, training: true }).loss.dataSync()[0]!;
      });
    const at = (d: number) => {
      bias.assign(tf.tensor1d([d, 0]));
      return loss();
    };
    const slope = (at(0.01) - at(-0.01)) / 0.02;
    bias.assign(tf.tensor1d([0, 0]));
    const trainer = new VaeTrainer({ model: vae, optimizer: tf.train.sgd(1), seed: 3 });
    tf.tidy(() => void trainer.step({ x }));
    expectClose([-bias.dataSync()[0]!], [slope], { tolerance: 5e-3, floor: 0.1 });
  });

  test('tf.train optimizers can be used', async () => {
    for (const optimizer of [
      tf.train.sgd(0.1),
      tf.train.momentum(0.02, 0.9),
      tf.train.rmsprop(0.01),
      tf.train.adam(0.02, 0.9, 0.999, 1e-7),
    ]) {
      const start = tf.memory().numTensors;
      const vae = model();
      const trainer = new VaeTrainer({ model: vae, optimizer, seed: 1 });
      const x = pixelTensor(12, SIZE);
      const before = (await trainer.evaluate(x)).loss;
      await trainer.fit(x, { epochs: 20, batchSize: 6 });
      expect((await trainer.evaluate(x)).loss).toBeLessThan(before - 0.05);
      trainer.dispose();
      vae.dispose();
      x.dispose();
      // tfjs's optimizers hold scalars of their own from the time they were made, and leave some.
      expect(tf.memory().numTensors).toBeLessThanOrEqual(start);
    }
  });
});

describe('what is not finite', () => {
  const x = () => pixelTensor(12, SIZE);

  test.each([
    ['ours', undefined],
    ['of tfjs', () => tf.train.adam(0.01, 0.9, 0.999, 1e-7)],
  ])('leaves weights and moments untouched, and the error names step and term; optimizer %s', async (_, optimizer) => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const objective = altered((loss, _kl, step) => (step === 2 ? tf.add(loss, bad) : loss));
      const make = () =>
        new VaeTrainer({ model: model(), objective, seed: 1, ...(optimizer && { optimizer: optimizer() }) });
      const trainer = make();
      await expect(trainer.fit(x(), { epochs: 1, batchSize: 4 })).rejects.toThrow(
        `fit: loss is ${bad} at step 2 (batch 2 of epoch 0); the weights were not touched`,
      );
      const good = make();
      const data = x();
      const order = new Rng(1).fork('shuffle').fork(0).permutation(12);
      for (let i = 0; i < 2; i++) {
        const batch = tf.gather(data, Array.from(order.subarray(4 * i, 4 * i + 4)));
        tf.tidy(() => void good.step({ x: batch }));
      }
      expect(weightsOf(trainer.model)).toEqual(weightsOf(good.model));
    }
  });

  test('gradients alone: the loss is finite, its gradient is not', async () => {
    const objective = altered((loss, kl) => tf.add(loss, tf.sqrt(tf.mul(0, kl))));
    const vae = model();
    const before = weightsOf(vae);
    const trainer = new VaeTrainer({ model: vae, objective, seed: 1 });
    await expect(trainer.fit(x(), { epochs: 1 })).rejects.toThrow(
      /a gradient is not finite at step 0 \(batch 0 of epoch 0\).*Not finite: the gradient of encoder\/0\/kernel, the gradient of encoder\/0\/bias/,
    );
    expect(weightsOf(vae)).toEqual(before);
  });

  test('running statistics keep what they were, those of batch norm and of σ', async () => {
    const network = tf.sequential({
      layers: [tf.layers.dense({ inputShape: [SIZE], units: 4 }), tf.layers.batchNormalization()],
    });
    const normed = new Vae({
      encoder: new GaussianEncoder({ network, latentDim: 2 }),
      decoder: new BernoulliDecoder({ network: mlp([2, SIZE]) }),
    });
    for (const vae of [normed, model({ decoder: { sigma: 'optimal' } })]) {
      const trainer = new VaeTrainer({ model: vae, seed: 1 });
      await trainer.fit(x(), { epochs: 1 });
      const before = weightsOf(vae);
      const stream = () => [tf.fill([3, SIZE], Number.NaN)];
      await expect(trainer.fit(stream, { epochs: 1 })).rejects.toThrow(/NaN/);
      expect(weightsOf(vae)).toEqual(before);
    }
  });

  test('after an error the epoch starts anew, and nothing has leaked', async () => {
    let broken = true;
    const objective = altered((loss, _kl, step) => (broken && step === 4 ? tf.mul(loss, Number.NaN) : loss));
    const vae = model();
    const trainer = new VaeTrainer({ model: vae, objective, seed: 1 });
    const data = x();
    await trainer.fit(data, { epochs: 1, batchSize: 4 });
    const tensors = tf.memory().numTensors;
    await expect(trainer.fit(data, { epochs: 1, batchSize: 4 })).rejects.toThrow('at step 4 (batch 1 of epoch 1)');
    await new Promise(resolve => setTimeout(resolve, 10));
    expect(tf.memory().numTensors).toBe(tensors);
    broken = false;
    const { epoch, history } = await trainer.fit(data, { epochs: 1, batchSize: 4 });
    expect(epoch).toEqual([0, 1]);
    expect(history['loss']!.every(Number.isFinite)).toBe(true);
    trainer.dispose();
  });

  test('metrics may be int32 or bool', async () => {
    const inner = elboObjective();
    const objective: Objective = {
      evaluate: (vae, batch, context) => ({
        ...inner.evaluate(vae, batch, context),
        metrics: { dead: tf.scalar(3, 'int32'), on: tf.scalar(true) },
      }),
    };
    const trainer = new VaeTrainer({ model: model(), objective, seed: 1 });
    const { history } = await trainer.fit(x(), { epochs: 1 });
    expect([history['dead'], history['on']]).toEqual([[3], [1]]);
  });
});

describe('running statistics', () => {
  const normalised = () => {
    const layers = [tf.layers.batchNormalization({ inputShape: [SIZE] }), tf.layers.dense({ units: 5 })];
    return new Vae({
      encoder: new GaussianEncoder({ network: tf.sequential({ layers }), latentDim: 2, seed: 1 }),
      decoder: new BernoulliDecoder({ network: mlp([2, SIZE]) }),
    });
  };
  const bystander = (): Objective => {
    const bias = tf.tidy(() => tf.variable(tf.scalar(0)));
    const player = {
      name: 'bystander',
      variables: () => ({ bias }),
      loss: (...[vae, batch, context]: Parameters<Objective['evaluate']>) =>
        tf.tidy(() => tf.square(tf.add(bias, tf.mean(vae.pass(batch, context).latents[0]!.z))) as tf.Scalar),
    };
    return { ...elboObjective(), players: () => [player] };
  };
  const movingMean = (vae: Vae) => Array.from(vae.variables()['encoder/0/moving_mean']!.dataSync());

  test('count a batch once, though a player runs the model again', () => {
    const [alone, watched] = [normalised(), normalised()];
    const x = pixelTensor(4, SIZE);
    tf.tidy(() => new VaeTrainer({ model: alone, seed: 1 }).step({ x }));
    tf.tidy(() => new VaeTrainer({ model: watched, seed: 1, objective: bystander() }).step({ x }));
    expect(movingMean(alone)[0]).not.toBe(0);
    expect(movingMean(watched)).toEqual(movingMean(alone));
  });

  test('stay what they were in a step that is not finite, with a player too', () => {
    const vae = normalised();
    const trainer = new VaeTrainer({ model: vae, seed: 1, objective: bystander() });
    tf.tidy(() => trainer.step({ x: tf.fill([4, SIZE], Number.NaN) }));
    expect(movingMean(vae)).toEqual(Array(SIZE).fill(0));
  });
});

test('a batch in which no example counts is no 0/0', async () => {
  const vae = model();
  const trainer = new VaeTrainer({ model: vae, seed: 1 });
  const weights = tf.tensor1d([1, 1, 1, 1, 0]);
  const data = { x: pixelTensor(5, SIZE), weights };
  const { history } = await trainer.fit(data, { epochs: 1, batchSize: 4, shuffle: false });
  expect(history['loss']![0]).toBeGreaterThan(0);
  const all = await trainer.evaluate(data, { batchSize: 4 });
  const counted = await trainer.evaluate(pixelTensor(4, SIZE));
  expect(all.elbo).toBeCloseTo(counted.elbo, 3);
});
