import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { type ScoreOptions, type Scores, scoreAll } from '../../src/evaluation/score-all';
import { iwaeBound } from '../../src/losses/iwae';
import { latentKl, sampledKl } from '../../src/losses/kl';
import { mlpVae } from '../../src/models/mlp-vae';
import type { VaeModel } from '../../src/models/model';
import { passReconstruction } from '../../src/objectives/pass-losses';
import { Rng } from '../../src/random/rng';
import { VaeTrainer } from '../../src/training/trainer';
import { logisticFamily } from '../families/logistic-posterior';
import { describeBackends, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { pixels, pixelTensor } from '../support/networks';
import { mean, standardError } from '../support/statistics';

const SIZE = 6;
const COUNT = 11;
const model = (more = {}) => mlpVae({ inputShape: [SIZE], latentDim: 3, hidden: [5], seed: 1, ...more });
const field = (count = COUNT) => ({ values: pixels(count, SIZE), shape: [count, SIZE] });
const names = ['elbo', 'reconstruction', 'kl', 'bound'] as const;

function expectScores(actual: Scores, expected: Scores, tolerance = 1e-5) {
  for (const name of names) expectClose([...actual[name]], [...expected[name]], { tolerance });
}

describeBackends('scoreAll', () => {
  test('scores do not depend on the batch size, and repeat', async () => {
    const vae = model();
    const before = tf.memory().numTensors;
    for (const options of [{}, { samples: 3, seed: 5 }] as ScoreOptions[]) {
      const expected = await scoreAll(vae, field(), { ...options, batchSize: COUNT });
      for (const name of names) expect(expected[name]).toHaveLength(COUNT);
      for (const batchSize of [1, 4]) expectScores(await scoreAll(vae, field(), { ...options, batchSize }), expected);
      expect(await scoreAll(vae, field(), { ...options, batchSize: COUNT })).toEqual(expected);
    }
    expect(tf.memory().numTensors).toBe(before);
    vae.dispose();
  });

  test('are the terms of the same samples by hand', async () => {
    const vae = model();
    const x = pixelTensor(COUNT, SIZE);
    const rows = Uint32Array.from({ length: COUNT }, (_, i) => i);
    const stream = new Rng(5).fork('evaluate');
    const terms = [stream, stream.fork(1), stream.fork(2)].map(rng =>
      tf.tidy(() => {
        const pass = vae.pass({ x }, { step: 0, rng: rng.forRows(rows), training: false });
        return {
          nll: values(passReconstruction(pass, { x })),
          kl: values(latentKl(pass.latents[0]!)),
          sampled: values(sampledKl(pass.latents[0]!)),
        };
      }),
    );
    const logWeights = terms.map(({ nll, sampled }) => nll.map((v, i) => -v - sampled[i]!));
    const bound = tf.tidy(() => iwaeBound(tf.tensor2d(logWeights)));
    const reconstruction = Array.from(rows, i => mean(terms.map(t => t.nll[i]!)));
    const kl = terms[0]!.kl;
    const scores = await scoreAll(vae, x, { samples: 3, seed: 5, batchSize: 4 });
    expectClose([...scores.reconstruction], reconstruction);
    expectClose([...scores.kl], kl);
    expectClose(
      [...scores.elbo],
      reconstruction.map((v, i) => -(v + kl[i]!)),
    );
    expectClose([...scores.bound], values(bound));
    x.dispose();
    vae.dispose();
  });

  test('their mean is what evaluate says, with weights, masks and conditions too', async () => {
    const vae = model({ conditionDim: 1 });
    const trainer = new VaeTrainer({ model: vae, seed: 9 });
    const [x, condition] = [pixelTensor(COUNT, SIZE), pixelTensor(COUNT, 1, 2)];
    const mask = tf.tidy(() => tf.cast(tf.greater(pixelTensor(COUNT, SIZE, 3), 0.4), 'float32'));
    const data = { x, condition, mask };
    const expected = await trainer.evaluate(data, { batchSize: 4 });
    const scores = await scoreAll(vae, data, { seed: 9, batchSize: 3 });
    for (const name of ['elbo', 'reconstruction', 'kl'] as const) {
      expectClose([mean([...scores[name]])], [expected[name]], { tolerance: 1e-6 });
    }
    tf.dispose([x, condition, mask]);
    trainer.dispose();
    vae.dispose();
  });
});

test('many samples: the ELBO agrees with few within its noise, and the bound is above it', async () => {
  const vae = model();
  // Some KL, or all samples would say the same.
  const bias = Object.entries(vae.variables()).find(([path]) => path.endsWith('meanBias'))![1];
  bias.assign(tf.tensor1d([1, -1, 2]));
  const data = field(40);
  const many = await scoreAll(vae, data, { samples: 200 });
  const runs = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(seed => scoreAll(vae, data, { samples: 4, seed })));
  const means = runs.map(run => mean([...run.elbo]));
  expect(Math.abs(mean(means) - mean([...many.elbo]))).toBeLessThan(5 * standardError(means));
  many.elbo.forEach((elbo, i) => {
    // 200 log-weights by Jensen's inequality; the KL of the elbo is closed, that of the weights sampled.
    expect(many.bound[i]!).toBeGreaterThan(elbo - 0.3);
  });
  expect(mean([...many.bound])).toBeGreaterThan(mean([...many.elbo]));
  vae.dispose();
});

test('a Gaussian example far from all others has the lowest ELBO', async () => {
  const vae = model({ decoder: { sigma: 0.5 } });
  const data = field(20);
  data.values.fill(9, 7 * SIZE, 8 * SIZE);
  const { elbo } = await scoreAll(vae, data, { samples: 2 });
  expect(elbo.indexOf(Math.min(...elbo))).toBe(7);
  vae.dispose();
});

test('a stream, a signal within the samples of one batch, and progress', async () => {
  const vae = model();
  const before = tf.memory().numTensors;
  const expected = await scoreAll(vae, field(8), { batchSize: 4, seed: 2 });
  const stream = () => [0, 4].map(i => tf.tensor2d(pixels(8, SIZE).slice(i * SIZE, (i + 4) * SIZE), [4, SIZE]));
  expect(await scoreAll(vae, stream, { seed: 2 })).toEqual(expected);
  const told: number[] = [];
  await scoreAll(vae, field(8), { batchSize: 4, samples: 3, onProgress: ({ done }) => told.push(done) });
  expect(told).toEqual([4, 8]);
  const endless = scoreAll(vae, field(8), { samples: 1e9, signal: AbortSignal.timeout(50) });
  await expect(endless).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(tf.memory().numTensors).toBe(before);
  vae.dispose();
});

test('a temperature is that of the end of training, or of the steps that are told', async () => {
  const vae = model({ posterior: logisticFamily({ steps: 8 }) });
  const trainer = new VaeTrainer({ model: vae, seed: 3 });
  await trainer.fit(field(), { epochs: 2, batchSize: 6 });
  expect(trainer.steps).toBe(4);
  const elbo = async (options: ScoreOptions) => mean([...(await scoreAll(vae, field(), { seed: 3, ...options })).elbo]);
  expect(await elbo({ step: 4 })).toBeCloseTo((await trainer.evaluate(field())).elbo!, 4);
  expect(await elbo({})).toBe(await elbo({ step: 7 }));
  expect(await elbo({})).not.toBeCloseTo(await elbo({ step: 4 }), 2);
  await expect(elbo({ step: -1 })).rejects.toThrow('scoreAll: step must be a number of 0 or more, got -1');
  trainer.dispose();
  vae.dispose();
});

test('what has no score is refused', async () => {
  const vae = model();
  const refused = (promise: Promise<unknown>, message: string) => expect(promise).rejects.toThrow(message);
  await refused(scoreAll(vae, field(), { samples: 0 }), 'scoreAll: samples must be a positive integer, got 0');
  await refused(scoreAll(vae, field(), { sample: 2 } as object), 'scoreAll: unknown option sample; write samples');
  await refused(scoreAll(vae, field(), { seed: 0.5 }), 'seed must be an integer, got 0.5');
  await refused(scoreAll({} as VaeModel, field()), 'scoreAll: the first argument must be a Vae or have a pass method');
  const bare: VaeModel = {
    pass: (batch, context) => ({ ...vae.pass(batch, context), latents: [] }),
    variables: () => vae.variables(),
    trainableVariables: () => [],
  };
  const before = tf.memory().numTensors;
  await refused(scoreAll(bare, field()), 'scoreAll: the model has no latent variable, and so no ELBO');
  expect(tf.memory().numTensors).toBe(before);
  vae.dispose();
});
