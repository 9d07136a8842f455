import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { Batch } from '../../src/data/batch';
import { Bernoulli } from '../../src/distributions/bernoulli';
import { Normal } from '../../src/distributions/normal';
import { StandardNormal } from '../../src/distributions/standard-normal';
import { mlpVae } from '../../src/models/mlp-vae';
import type { Pass, VaeModel } from '../../src/models/model';
import { type ElboObjectiveOptions, elboObjective } from '../../src/objectives/elbo-objective';
import { Rng } from '../../src/random/rng';
import { linearSchedule } from '../../src/schedules/linear';
import { VaeTrainer } from '../../src/training/trainer';
import { describeBackends, noLeak } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { pixelTensor } from '../support/networks';

const MEAN = [
  [0.5, -1],
  [2, 0.1],
  [0, 0.3],
];
const LOG_VAR = [
  [0, -1],
  [0.4, 0.2],
  [-2, 0],
];
const LOGITS = [
  [1, -1],
  [0.3, 2],
  [-2, 0],
];
const X = [
  [1, 0],
  [0, 1],
  [1, 1],
];

/** A model whose pass is known: everything below is worked out in float64 from it. */
function known(more: Partial<Pass> = {}): VaeModel {
  return {
    pass() {
      const posterior = new Normal({ mean: tf.tensor2d(MEAN), logVar: tf.tensor2d(LOG_VAR) });
      const prior = new StandardNormal({ shape: [2] });
      const likelihood = new Bernoulli({ logits: tf.tensor2d(LOGITS) });
      return { latents: [{ name: 'z', z: tf.tensor2d(MEAN), posterior, prior }], likelihood, ...more };
    },
    variables: () => ({}),
    trainableVariables: () => [],
  };
}

const klElements = MEAN.map((row, i) =>
  row.map((m, d) => 0.5 * (m * m + Math.expm1(LOG_VAR[i]![d]!) - LOG_VAR[i]![d]!)),
);
const kl = klElements.map(row => row[0]! + row[1]!);
const softplus = (l: number) => Math.log1p(Math.exp(l));
const nllElements = LOGITS.map((row, i) => row.map((l, d) => softplus(l) - X[i]![d]! * l));
const nll = nllElements.map(row => row[0]! + row[1]!);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

function evaluate(
  options: ElboObjectiveOptions | undefined,
  { step = 0, batch = {} as Partial<Batch>, model = known() } = {},
) {
  return tf.tidy(() => {
    const context = { step, rng: new Rng(1), training: true };
    const terms = elboObjective(options).evaluate(model, { x: tf.tensor2d(X), ...batch }, context);
    const read = (t: tf.Scalar | undefined) => t?.dataSync()[0];
    const metrics = Object.fromEntries(Object.entries(terms.metrics ?? {}).map(([name, t]) => [name, read(t)]));
    const { loss, elbo, reconstruction, kl: divergence } = terms;
    return {
      values: [loss, elbo, reconstruction, divergence].map(read) as number[],
      schedules: terms.schedules,
      metrics,
    };
  });
}

/** Loss, and the terms that no option changes. */
function expectLoss(options: ElboObjectiveOptions | undefined, loss: number, more = {}): void {
  expectClose(evaluate(options, more).values, [loss, -mean(nll) - mean(kl), mean(nll), mean(kl)], { tolerance: 1e-5 });
}

describeBackends('elboObjective', () => {
  test('β: a number or a schedule; elbo stays the true bound', () => {
    expectLoss(undefined, mean(nll) + mean(kl));
    expectLoss({ beta: 4 }, mean(nll) + 4 * mean(kl));
    expectLoss({ beta: 0 }, mean(nll));
    const beta = linearSchedule({ from: 0, to: 1, steps: 10 });
    expectLoss({ beta }, mean(nll) + 0.3 * mean(kl), { step: 3 });
    expect(evaluate({ beta }, { step: 3 }).schedules).toEqual({ beta: 0.3 });
    expect(evaluate({ beta }, { step: 99 }).schedules).toEqual({ beta: 1 });
  });

  test('capacity: γ·|KL − C| on the batch mean', () => {
    for (const target of [0, 0.5, 5]) {
      expectLoss({ capacity: { target, gamma: 7 } }, mean(nll) + 7 * Math.abs(mean(kl) - target));
    }
    expectLoss({ capacity: { target: 0.5 } }, mean(nll) + 1000 * Math.abs(mean(kl) - 0.5));
    const target = linearSchedule({ from: 0, to: 2, steps: 4 });
    expect(evaluate({ capacity: { target } }, { step: 1 }).schedules).toEqual({ capacity: 0.5 });
  });

  test('free bits, in three definitions', () => {
    for (const nats of [0, 0.2, 0.9, 3]) {
      const perDimension = [0, 1].map(d => Math.max(nats, mean(klElements.map(row => row[d]!))));
      expectLoss({ freeBits: { nats } }, mean(nll) + perDimension[0]! + perDimension[1]!);
      expectLoss(
        { freeBits: { nats, per: 'dimension' }, beta: 2 },
        mean(nll) + 2 * (perDimension[0]! + perDimension[1]!),
      );
      const perElement = mean(klElements.map(row => Math.max(nats, row[0]!) + Math.max(nats, row[1]!)));
      expectLoss({ freeBits: { nats, per: 'element' } }, mean(nll) + perElement);
      expectLoss({ freeBits: { nats, per: 'total' } }, mean(nll) + Math.max(nats, mean(kl)));
    }
  });

  test('masks leave elements out, weights are Σwℓ/Σw, a target takes the place of x', () => {
    const mask = tf.tensor2d([
      [1, 0],
      [1, 1],
      [0, 0],
    ]);
    const masked = mean([nllElements[0]![0]!, nll[1]!, 0]);
    expectClose([evaluate(undefined, { batch: { mask } }).values[2]!], [masked], { tolerance: 1e-5 });
    const weights = tf.tensor1d([3, 1, 0]);
    const weighted = (v: readonly number[]) => (3 * v[0]! + v[1]!) / 4;
    const { values } = evaluate({ beta: 2 }, { batch: { weights } });
    expectClose(
      values,
      [weighted(nll) + 2 * weighted(kl), -weighted(nll) - weighted(kl), weighted(nll), weighted(kl)],
      { tolerance: 1e-5 },
    );
    const free = evaluate({ freeBits: { nats: 0.5 } }, { batch: { weights } }).values[0]!;
    const charged = [0, 1].map(d => Math.max(0.5, weighted(klElements.map(row => row[d]!))));
    expectClose([free], [weighted(nll) + charged[0]! + charged[1]!], { tolerance: 1e-5 });
    const target = tf.tensor2d(X.map(row => row.map(v => 1 - v)));
    const other = mean(LOGITS.map((row, i) => row.reduce((a, l, d) => a + softplus(l) - (1 - X[i]![d]!) * l, 0)));
    expectClose([evaluate(undefined, { batch: { target } }).values[2]!], [other], { tolerance: 1e-5 });
    tf.dispose([mask, weights, target]);
  });

  test('penalties are added to the loss and shown by name; the bound stays', () => {
    tf.tidy(() => {
      const model = known({ penalties: { commitment: tf.scalar(0.25), orthogonality: tf.scalar(2) } });
      expectLoss({ beta: 4 }, mean(nll) + 4 * mean(kl) + 2.25, { model });
      expect(evaluate(undefined, { model }).metrics).toEqual({ commitment: 0.25, orthogonality: 2 });
    });
  });

  test('several latents: their KLs add up; none: there is no bound to show', () => {
    tf.tidy(() => {
      const latents = [0, 1].map(i => ({
        name: `z${i}`,
        z: tf.tensor2d(MEAN),
        posterior: new Normal({ mean: tf.tensor2d(MEAN), logVar: tf.tensor2d(LOG_VAR) }),
        prior: new StandardNormal({ shape: [2] }),
      }));
      expectClose(evaluate(undefined, { model: known({ latents }) }).values, [
        mean(nll) + 2 * mean(kl),
        -mean(nll) - 2 * mean(kl),
        mean(nll),
        2 * mean(kl),
      ]);
      const [loss, elbo, , divergence] = evaluate(undefined, { model: known({ latents: [] }) }).values;
      expectClose([loss!], [mean(nll)]);
      expect([elbo, divergence]).toEqual([undefined, undefined]);
    });
  });

  test('without a closed KL: log q(z) − log p(z) of the sample; free bits are refused', () => {
    tf.tidy(() => {
      const { latents } = known().pass({ x: tf.tensor2d(X) }, { step: 0, rng: new Rng(1), training: true });
      const [latent] = latents;
      const open = Object.assign(Object.create(latent!.posterior) as Normal, { hasKl: () => false });
      const model = known({ latents: [{ ...latent!, posterior: open }] });
      // At z = μ: −½ Σ (lv + log 2π) + ½ Σ (μ² + log 2π).
      const sampled = mean(MEAN.map((row, i) => row.reduce((a, m, d) => a + 0.5 * (m * m - LOG_VAR[i]![d]!), 0)));
      expectClose([evaluate(undefined, { model }).values[3]!], [sampled], { tolerance: 1e-5 });
      expect(() => evaluate({ freeBits: { nats: 1 } }, { model })).toThrow(
        "freeBits needs the closed KL of each dimension of 'z'",
      );
    });
  });

  test('keeps and leaks nothing', () => {
    const vae = mlpVae({ inputShape: [4], latentDim: 2, hidden: [3], seed: 1 });
    const x = pixelTensor(3, 4);
    for (const options of [{}, { capacity: { target: 1 } }, { freeBits: { nats: 0.1 } }]) {
      noLeak(() => {
        const terms = elboObjective(options).evaluate(vae, { x }, { step: 0, rng: new Rng(1), training: true });
        tf.dispose(terms as unknown as tf.TensorContainer);
      });
    }
    vae.dispose();
    x.dispose();
  });

  test('each of them trains', async () => {
    const x = pixelTensor(12, 6);
    for (const options of [{ beta: 0.5 }, { capacity: { target: 1, gamma: 5 } }, { freeBits: { nats: 0.1 } }]) {
      const vae = mlpVae({ inputShape: [6], latentDim: 2, hidden: [8], seed: 1 });
      const trainer = new VaeTrainer({ model: vae, objective: elboObjective(options), seed: 1, learningRate: 0.02 });
      const { history } = await trainer.fit(x, { epochs: 25, batchSize: 12 });
      expect(history['loss']!.at(-1)!).toBeLessThan(history['loss']![0]! - 0.1);
      trainer.dispose();
      vae.dispose();
    }
    x.dispose();
  });
});

describe('options out of range', () => {
  test.each([
    [{ beta: -1 }, 'elboObjective: beta must be a number of 0 or more, or a schedule, got -1'],
    [{ beta: Number.NaN }, 'got NaN'],
    [{ beta: 1, capacity: { target: 1 } }, 'elboObjective: capacity takes the place of beta and freeBits'],
    [{ freeBits: { nats: 1 }, capacity: { target: 1 } }, 'give only one of them'],
    [{ capacity: { target: 1, gamma: -1 } }, 'elboObjective: capacity.gamma must be a number of 0 or more, got -1'],
    [{ freeBits: { nats: -1 } }, 'elboObjective: freeBits.nats must be 0 or more, got -1'],
    [
      { freeBits: { nats: 1, per: 'pixel' as 'total' } },
      'freeBits.per must be one of dimension, element, total, got pixel',
    ],
  ])('%o', (options, message) => {
    expect(() => elboObjective(options)).toThrow(message);
  });
});
