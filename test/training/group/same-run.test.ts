import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import {
  addNoise,
  bernoulliFamily,
  convVae,
  Dropout,
  dynamicBinarisation,
  elboObjective,
  type FitOptions,
  GaussianEncoder,
  type Group,
  iwaeObjective,
  LikelihoodDecoder,
  mlpVae,
  Normal,
  type Objective,
  Rng,
  type RowReader,
  type TrainingData,
  Vae,
  type VaeModel,
  VaeTrainer,
  type VaeTrainerOptions,
} from '../../../src/index';
import { describeBackends } from '../../support/backends';
import { expectClose } from '../../support/expect-close';
import { runAll } from '../../support/memory-groups';

const PIXELS = 12;
const COUNT = 21;
const u = new Rng(11).uniformValues(COUNT * PIXELS);
const x = { values: u, shape: [COUNT, PIXELS] };
const weights = { values: Float32Array.from({ length: COUNT }, (_, i) => 0.5 + (i % 3)), shape: [COUNT] };
const held = { values: u.slice(0, 7 * PIXELS), shape: [7, PIXELS] };

const small = () => mlpVae({ inputShape: [PIXELS], latentDim: 3, hidden: [8], seed: 5 });

/** A decoder with dropout, on several samples. */
function withDropout(): Vae {
  const encoder = tf.sequential({
    layers: [
      tf.layers.dense({
        units: 8,
        inputShape: [PIXELS],
        kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
      }),
      new Dropout({ rate: 0.3, seed: 1, name: 'dropout_a' }),
    ],
  });
  const decoder = tf.sequential({
    layers: [
      tf.layers.dense({ units: 8, inputShape: [3], kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
      new Dropout({ rate: 0.3, seed: 1, name: 'dropout_b' }),
      tf.layers.dense({ units: PIXELS, kernelInitializer: tf.initializers.glorotUniform({ seed: 3 }) }),
    ],
  });
  return new Vae({
    encoder: new GaussianEncoder({ network: encoder, latentDim: 3, seed: 4 }),
    decoder: new LikelihoodDecoder({ network: decoder, likelihood: bernoulliFamily() }),
  });
}

/** A model of one's own: a learned mean for each pixel, and a latent that does not matter. */
function ownModel(): VaeModel {
  const mean = tf.variable(tf.zeros([PIXELS]), true);
  const scale = tf.variable(tf.zeros([1]), true);
  return {
    pass({ x: batch }, { rng }) {
      const shape = [batch.shape[0]!, 1];
      const posterior = new Normal({ mean: tf.mul(scale, tf.mean(batch, 1, true)), logVar: tf.zeros(shape) });
      const prior = new Normal({ mean: tf.zeros(shape), logVar: tf.zeros(shape) });
      const z = posterior.sample({ rng });
      const location = tf.add(mean, z);
      return {
        latents: [{ name: 'z', z, posterior, prior }],
        likelihood: new Normal({ mean: location, logVar: tf.zerosLike(location) }),
      };
    },
    variables: () => ({ mean, scale }),
    trainableVariables: () => [mean, scale],
  };
}

type Case = {
  model: () => VaeModel;
  data?: () => TrainingData;
  trainer?: () => Partial<VaeTrainerOptions>;
  objective?: () => Objective;
  fit?: FitOptions;
};

/** @param bad The row that has a NaN. */
const reader = (bad?: number): RowReader => ({
  kind: 'rowReader',
  size: COUNT,
  shapes: { x: [COUNT, PIXELS], weights: [COUNT] },
  async read(rows) {
    const values = Float32Array.from([...rows].flatMap(row => [...u.subarray(row * PIXELS, (row + 1) * PIXELS)]));
    const at = bad === undefined ? -1 : rows.indexOf(bad);
    if (at >= 0) values[at * PIXELS] = Number.NaN;
    return {
      x: { values, shape: [rows.length, PIXELS] },
      weights: { values: Float32Array.from(rows, row => weights.values[row]!), shape: [rows.length] },
    };
  },
});

const cases: Record<string, Case> = {
  'an MLP': { model: small },
  'a small clip norm': { model: small, trainer: () => ({ clipNorm: 0.05 }) },
  'weighted examples': { model: small, data: () => ({ x, weights }) },
  'a reader whose mean weight is not known': { model: small, data: () => reader() },
  transforms: { model: small, trainer: () => ({ transforms: [dynamicBinarisation(), addNoise({ stddev: 0.2 })] }) },
  'dropout and several samples': { model: withDropout, objective: () => iwaeObjective({ samples: 3 }) },
  'free bits per element': {
    model: small,
    objective: () => elboObjective({ freeBits: { nats: 0.1, per: 'element' } }),
  },
  'a model of one’s own': { model: ownModel },
  'a convolutional model': {
    model: () => convVae({ inputShape: [4, 4, 1], latentDim: 2, filters: [4], seed: 3 }),
    data: () => ({ values: u.slice(0, 15 * 16), shape: [15, 4, 4, 1] }),
  },
  'a batch that is skipped': { model: small, data: () => reader(8), fit: { onNonFinite: 'skip' } },
  validation: { model: small, fit: { validationData: held } },
};

/** The loss of a batch that was skipped is not a number. */
const asZero = (loss: number) => (Number.isFinite(loss) ? loss : 0);

/** Trains on 5 rows of 21 at a time, the last batch having one, and gives losses and weights. */
async function train({ model, data = () => x, trainer: more, objective, fit }: Case, group: Group | undefined) {
  const vae = model();
  const losses: number[] = [];
  const trainer = new VaeTrainer({
    model: vae,
    ...(objective && { objective: objective() }),
    seed: 3,
    learningRate: 0.01,
    ...more?.(),
    ...(group && { group }),
  });
  const onBatchEnd = (_: number, logs?: Record<string, number>) => losses.push(logs!['loss']!);
  const { history } = await trainer.fit(data(), { epochs: 2, batchSize: 5, callbacks: { onBatchEnd }, ...fit });
  const weightsNow = Object.values(vae.variables()).flatMap(v => [...v.dataSync()]);
  trainer.dispose();
  vae.dispose?.();
  return { losses, weights: weightsNow, history };
}

describeBackends('1, 2 and 3 processes are one run', () => {
  test.each(Object.entries(cases))('%s', async (_name, given) => {
    const [alone] = await runAll(1, group => train(given, group));
    expect(alone!.losses.length).toBe(
      2 * Math.ceil((given.data?.() as never) === undefined ? 21 / 5 : alone!.losses.length / 2),
    );
    for (const size of [2, 3]) {
      const ranks = await runAll(size, group => train(given, group));
      for (const rank of ranks) {
        expectClose(rank.losses.map(asZero), alone!.losses.map(asZero), { tolerance: 1e-5 });
        expect(rank.history).toEqual(ranks[0]!.history);
        for (const [key, series] of Object.entries(alone!.history)) {
          expectClose(rank.history[key]!, series, { tolerance: 1e-5 });
        }
        expect(rank.weights, 'all processes hold the same bits').toEqual(ranks[0]!.weights);
        expectClose(rank.weights, alone!.weights, { tolerance: 2e-4, floor: 0.1 });
      }
    }
  });
});
