import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { Distribution } from '../../../src/distributions/distribution';
import { Normal } from '../../../src/distributions/normal';
import { StandardNormal } from '../../../src/distributions/standard-normal';
import { mlpVae } from '../../../src/models/mlp-vae';
import type { VaeModel } from '../../../src/models/model';
import { tidy } from '../../../src/ops/tidy';
import { type LatentsReport, watchLatents } from '../../../src/training/callbacks/watch-latents';
import { describeBackends } from '../../support/backends';
import { expectClose } from '../../support/expect-close';
import { pixelTensor } from '../../support/networks';
import { handOf, smallVae } from './support';

const DATA = [
  [1, 0, 0.5],
  [-1, 0, 0.5],
  [3, 0, 0.5],
  [-3, 0, 0.5],
  [0, 0, 0.5],
];
const data = () => tf.tensor2d(DATA);

/** q(z | x) = N(x, e^logVar) in each dimension, so every number is known. */
function transparent(logVar: number, { posterior = (q: Normal): Distribution => q, latents = 1 } = {}): VaeModel {
  return {
    pass: ({ x }, { rng }) =>
      tidy(() => {
        const q = posterior(new Normal({ mean: tf.mul(x, 1), logVar: tf.fill(x.shape, logVar) }));
        const { value: z, logProb: logQ } = q.sampleWithLogProb({ rng });
        const prior = new StandardNormal({ shape: [3] });
        const likelihood = new Normal({ mean: tf.mul(z, 1), logVar: tf.scalar(0) });
        const names = Array.from({ length: latents }, (_, i) => `z${i}`);
        return { latents: names.map(name => ({ name, z, posterior: q, prior, logQ })), likelihood };
      }),
    variables: () => ({}),
    trainableVariables: () => [],
  };
}

/** The report after one epoch. */
async function report(model: VaeModel, options: Partial<Parameters<typeof watchLatents>[0]> = {}) {
  let seen: LatentsReport | undefined;
  const x = data();
  const watch = watchLatents({
    data: x,
    onReport: r => {
      seen = r;
    },
    ...options,
  });
  const hand = handOf(model);
  hand.steps = 40;
  watch.setTrainer!(hand);
  await watch.onTrainBegin!();
  const before = tf.memory().numTensors;
  await watch.onEpochEnd!(0);
  expect(tf.memory().numTensors).toBe(before);
  x.dispose();
  return seen!;
}

const mean = (series: readonly number[]) => series.reduce((a, b) => a + b) / series.length;
const column = (d: number) => DATA.map(row => row[d]!);

describeBackends('watchLatents', () => {
  test('KL and variance of each unit are those of the formulas, whatever the batch size', async () => {
    const logVar = -0.5;
    const kl = [0, 1, 2].map(d => mean(column(d).map(m => 0.5 * (m * m + Math.exp(logVar) - 1 - logVar))));
    for (const batchSize of [2, 5, 128]) {
      const { epoch, step, latents, collapsed } = await report(transparent(logVar), { batchSize });
      expect([epoch, step, collapsed, latents.length]).toEqual([0, 40, false, 1]);
      const [z] = latents;
      expectClose(z!.klPerUnit!, kl, { tolerance: 1e-5 });
      expectClose([z!.kl], [kl.reduce((a, b) => a + b)], { tolerance: 1e-5 });
      expectClose(z!.meanVariance, [4, 0, 0], { tolerance: 1e-5 });
      expect([z!.name, z!.active, z!.dead, z!.collapsed]).toEqual(['z0', [0], [], false]);
    }
  });

  test('dead units by their number, and collapse where all are dead', async () => {
    const narrow = await report(transparent(0));
    expect([narrow.latents[0]!.dead, narrow.collapsed]).toEqual([[1], false]);
    const wide = await report(transparent(0), { threshold: 10, batchSize: 3 });
    expect([wide.latents[0]!.dead, wide.collapsed]).toEqual([[0, 1, 2], true]);
    const x = tf.zeros([4, 3]);
    const flat = await report(transparent(0, { latents: 2 }), { data: x });
    expect(flat.latents.map(l => [l.name, l.kl, l.dead, l.active])).toEqual([
      ['z0', 0, [0, 1, 2], []],
      ['z1', 0, [0, 1, 2], []],
    ]);
    expect(flat.collapsed).toBe(true);
    x.dispose();
  });

  test('without a closed KL it is estimated, by unit where the densities factorise', async () => {
    const count = 4000;
    const x = tf.tile(tf.tensor2d([[2, 0, 0.5]]), [count, 1]);
    const open = (q: Normal): Distribution => Object.assign(Object.create(q) as Normal, { hasKl: () => false });
    const { latents } = await report(transparent(-1, { posterior: open }), { data: x, batchSize: 1000 });
    const exact = [2, 0, 0.5].map(m => 0.5 * (m * m + Math.exp(-1)));
    // One draw of a unit has a standard deviation below 1.5: this is five standard errors.
    latents[0]!.klPerUnit!.forEach((kl, d) => {
      expect(Math.abs(kl - exact[d]!)).toBeLessThan((5 * 1.5) / Math.sqrt(count));
    });
    expectClose([latents[0]!.kl], [latents[0]!.klPerUnit!.reduce((a, b) => a + b)], { tolerance: 1e-4 });
    const whole = (q: Normal): Distribution => Object.assign(open(q), { logProbElements: undefined });
    const coupled = await report(transparent(-1, { posterior: whole }), { data: x, batchSize: 1000 });
    expect(coupled.latents[0]!.klPerUnit).toBeUndefined();
    expect(coupled.latents[0]!.dead).toEqual([0, 1, 2]);
    expectClose([coupled.latents[0]!.kl], [latents[0]!.kl], { tolerance: 1e-4 });
    x.dispose();
  });
});

describe('watchLatents: the rest', () => {
  test('reports after every so many epochs, and awaits who listens', async () => {
    const x = pixelTensor(10, 6);
    const seen: number[] = [];
    const watch = watchLatents({
      data: x,
      every: 3,
      onReport: async ({ epoch }) => {
        await Promise.resolve();
        seen.push(epoch);
      },
    });
    watch.setTrainer!(handOf(smallVae()));
    await watch.onTrainBegin!();
    for (let epoch = 0; epoch < 7; epoch++) await watch.onEpochEnd!(epoch);
    expect(seen).toEqual([2, 5]);
    x.dispose();
  });

  test('a conditional model is given its condition; repeated reports are the same', async () => {
    const vae = mlpVae({ inputShape: [6], latentDim: 2, hidden: [5], conditionDim: 2, seed: 1 });
    const x = pixelTensor(10, 6);
    const condition = tf.tensor2d(
      Array.from({ length: 20 }, (_, i) => i % 2),
      [10, 2],
    );
    const first = await report(vae, { data: { x, condition } });
    expect(first.latents[0]!.klPerUnit).toHaveLength(2);
    expect(await report(vae, { data: { x, condition } })).toEqual(first);
    const smaller = await report(vae, { data: { x, condition }, batchSize: 3 });
    expectClose(smaller.latents[0]!.klPerUnit!, first.latents[0]!.klPerUnit!, { tolerance: 1e-6 });
    await expect(report(vae, { data: x })).rejects.toThrow(
      'watchLatents: data: the model is conditional, so the data need a condition',
    );
    tf.dispose([x, condition]);
  });

  test('refuses bad options and data that do not fit', async () => {
    const onReport = () => {};
    const x = data();
    expect(() => watchLatents({ data: x, onReport, every: 0 })).toThrow(
      'watchLatents: every must be a positive integer, got 0',
    );
    expect(() => watchLatents({ data: x, onReport, threshold: 0 })).toThrow(
      'watchLatents: threshold must be a positive number of nats, got 0',
    );
    expect(() => watchLatents({ data: x } as Parameters<typeof watchLatents>[0])).toThrow(
      'watchLatents: onReport is missing',
    );
    await expect(report(smallVae())).rejects.toThrow(
      'watchLatents: data: x must be [batch, 6] for this model, got [5,3]',
    );
    const one = tf.zeros([1, 6]);
    await expect(report(smallVae(), { data: one })).rejects.toThrow(
      'watchLatents: data must hold at least 2 examples, got 1',
    );
    tf.dispose([x, one]);
  });
});
