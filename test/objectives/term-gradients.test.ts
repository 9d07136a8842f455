// The gradients of whole losses with terms, against central differences of the same losses in float64.
import * as tf from '@tensorflow/tfjs';
import { test } from 'vitest';
import {
  Bernoulli,
  elboObjective,
  iwaeObjective,
  type LossTerm,
  Normal,
  type Objective,
  type Pass,
  Rng,
  StandardNormal,
  type VaeModel,
} from '../../src/index';
import { describeBackends } from '../support/backends';
import { checkGradients, input } from '../support/finite-difference';

const [BATCH, DIM, SAMPLES] = [3, 2, 2];
const X = [1, 0, 0, 1, 1, 1];
const WEIGHTS = [1, 2, 0.5];
const NOISE = [0.3, -1.2, 0.8, 0.1, -0.4, 1.5, -0.9, 0.2, 1.1, -0.3, 0.6, -1.4];
const INPUTS = [
  input([BATCH, DIM], [0.5, -1, 2, 0.1, 0, 0.3]), // means
  input([BATCH, DIM], [0, -1, 0.4, 0.2, -2, 0.5]), // log-variances
];

/** z = μ + σ·ε with fixed ε, and logits 2z − 0.5. */
function model(mean: tf.Tensor, logVar: tf.Tensor): VaeModel {
  return {
    pass(_, { samples }): Pass {
      const shape = samples === undefined ? [BATCH, DIM] : [samples, BATCH, DIM];
      const noise = tf.tensor(NOISE.slice(0, (samples ?? 1) * BATCH * DIM), shape);
      const z = tf.add(mean, tf.mul(tf.exp(tf.mul(0.5, logVar)), noise));
      const likelihood = new Bernoulli({ logits: tf.sub(tf.mul(2, z), 0.5), eventRank: 1 });
      const posterior = new Normal({ mean, logVar });
      return { latents: [{ name: 'z', z, posterior, prior: new StandardNormal({ shape: [DIM] }) }], likelihood };
    },
    variables: () => ({}),
    trainableVariables: () => [],
  };
}

/** ¼ Σ z⁴ of an example. */
const quartic: LossTerm = {
  name: 'quartic',
  weight: 0.7,
  evaluate: ({ latents }) => tf.mul(0.25, tf.sum(tf.square(tf.square(latents[0]!.z)), -1)),
};

/** The product of the mean codes of a batch, which couples the examples: a scalar. */
const coupled: LossTerm = {
  name: 'coupled',
  weight: 1.3,
  evaluate: ({ latents }) => tf.prod(tf.mean(latents[0]!.posterior.mean(), 0)),
};

const loss = (objective: Objective) => (mean: tf.Tensor, logVar: tf.Tensor) =>
  objective.evaluate(
    model(mean, logVar),
    { x: tf.tensor2d(X, [BATCH, DIM]), weights: tf.tensor1d(WEIGHTS) },
    { step: 0, rng: new Rng(1), training: true },
  ).loss;

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const weighted = (values: readonly number[]) => sum(values.map((v, b) => v * WEIGHTS[b]!)) / sum(WEIGHTS);
const examples = [...Array(BATCH).keys()];
const dims = [...Array(DIM).keys()];

/** What belongs to sample k of example b, in float64. */
function twinOf(mean: readonly number[], logVar: readonly number[], k: number, b: number) {
  const parts = dims.map(d => {
    const [mu, lv, noise] = [mean[b * DIM + d]!, logVar[b * DIM + d]!, NOISE[(k * BATCH + b) * DIM + d]!];
    const z = mu + Math.exp(0.5 * lv) * noise;
    const logit = 2 * z - 0.5;
    return {
      nll: Math.log1p(Math.exp(logit)) - X[b * DIM + d]! * logit,
      kl: 0.5 * (mu * mu + Math.exp(lv) - 1 - lv),
      sampledKl: -0.5 * (noise * noise + lv) + 0.5 * z * z,
      quartic: 0.25 * z ** 4,
    };
  });
  const total = (key: keyof (typeof parts)[0]) => sum(parts.map(p => p[key]));
  return { nll: total('nll'), kl: total('kl'), sampledKl: total('sampledKl'), quartic: total('quartic') };
}

const coupling = (mean: readonly number[]) =>
  dims.reduce((product, d) => product * (sum(examples.map(b => mean[b * DIM + d]!)) / BATCH), 1);

describeBackends('gradients of a loss with terms', () => {
  test('the ELBO with β, a term per example and one that couples the batch', () => {
    const objective = elboObjective({ beta: 2, terms: [quartic, coupled] });
    const twin = (mean: number[], logVar: number[]) =>
      weighted(
        examples.map(b => {
          const one = twinOf(mean, logVar, 0, b);
          return one.nll + 2 * one.kl + 0.7 * one.quartic;
        }),
      ) +
      1.3 * coupling(mean);
    checkGradients(loss(objective), twin, INPUTS);
  });

  test('an importance-weighted bound with the same terms', () => {
    const objective = iwaeObjective({ samples: SAMPLES, terms: [quartic, coupled] });
    const twin = (mean: number[], logVar: number[]) => {
      const each = examples.map(b => [...Array(SAMPLES).keys()].map(k => twinOf(mean, logVar, k, b)));
      const bounds = each.map(draws => Math.log(sum(draws.map(d => Math.exp(-d.nll - d.sampledKl))) / SAMPLES));
      const quartics = each.map(draws => sum(draws.map(d => d.quartic)) / SAMPLES);
      return -weighted(bounds) + 0.7 * weighted(quartics) + 1.3 * coupling(mean);
    };
    checkGradients(loss(objective), twin, INPUTS);
  });
});
