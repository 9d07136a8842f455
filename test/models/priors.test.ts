import * as tf from '@tensorflow/tfjs';
import {
  BernoulliDecoder,
  ConditionalPrior,
  couplingFlow,
  type Encoder,
  elboObjective,
  type Family,
  FlowPrior,
  flowFamily,
  GaussianEncoder,
  iafFlow,
  iwaeObjective,
  loadVae,
  MixturePrior,
  mafFlow,
  NormalPrior,
  normalFamily,
  PosteriorEncoder,
  type Prior,
  planarFlow,
  Rng,
  saveVae,
  Vae,
  VaeTrainer,
  VampPrior,
} from 'tfjs-vae';
import { describe, expect, test } from 'vitest';
import { NormalMixture } from '../../src/distributions/normal-mixture';
import { familyRows } from '../families/table';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { conditionalMlp, mlp, pixelTensor } from '../support/networks';
import { correlation } from '../support/statistics';

const SIZE = 5;
const LATENT_DIM = 2;
const parts = [GaussianEncoder, PosteriorEncoder, BernoulliDecoder, FlowPrior, MixturePrior, NormalPrior, VampPrior];

type Row = readonly [name: string, make: () => Prior];

const priors: readonly Row[] = [
  ['NormalPrior', () => new NormalPrior({ latentDim: LATENT_DIM })],
  ['MixturePrior', () => new MixturePrior({ components: 3, latentDim: LATENT_DIM, seed: 4 })],
  ['VampPrior, learned', () => new VampPrior({ pseudoInputs: 4, inputShape: [SIZE], seed: 4 })],
  ['VampPrior of data', () => tf.tidy(() => new VampPrior({ pseudoInputs: pixelTensor(4, SIZE) }) as never)],
  ['FlowPrior, coupling', () => new FlowPrior({ latentDim: LATENT_DIM, flow: [couplingFlow({ hidden: 6, seed: 4 })] })],
  ['FlowPrior, maf', () => new FlowPrior({ latentDim: LATENT_DIM, flow: [mafFlow({ hidden: 6, seed: 4 })] })],
];

/** A small model of this prior. */
function modelOf(prior: Prior, posterior?: Family): Vae {
  const network = mlp([SIZE, 6]);
  const encoder: Encoder = posterior
    ? new PosteriorEncoder({ network, latentDim: LATENT_DIM, posterior, seed: 1 })
    : new GaussianEncoder({ network, latentDim: LATENT_DIM, seed: 1 });
  const { latentShape = [LATENT_DIM] } = encoder;
  const flat = () => tf.layers.flatten({ inputShape: [...latentShape] });
  const fromMatrix = () => tf.sequential({ layers: [flat(), tf.layers.dense({ units: SIZE })] });
  const decoder = new BernoulliDecoder({
    network: latentShape.length > 1 ? fromMatrix() : mlp([LATENT_DIM, SIZE], 3),
  });
  return new Vae({ encoder, decoder, prior });
}

describeBackends('learned priors', () => {
  describe.each(priors)('%s', (name, make) => {
    test('is trained, saved and loaded, and leaves nothing behind', async () => {
      const before = tf.memory().numTensors;
      const vae = modelOf(make());
      const x = pixelTensor(24, SIZE);
      const trainer = new VaeTrainer({ model: vae, learningRate: 0.02, seed: 2 });
      const start = Object.entries(vae.prior.variables()).map(([path, v]) => [path, [...v.dataSync()]] as const);
      const first = await trainer.evaluate(x);
      await trainer.fit(x, { epochs: 15, batchSize: 24 });
      expect((await trainer.evaluate(x)).loss).toBeLessThan(first.loss);
      for (const [path, value] of start) {
        const moved = String([...vae.prior.variables()[path]!.dataSync()]) !== String(value);
        expect(moved, path).toBe(name !== 'VampPrior of data');
      }
      const file: Uint8Array[] = [];
      await saveVae(vae, { write: async bytes => void file.push(bytes) });
      const again = await loadVae(file[0]!, { parts });
      expect(again.offers).toEqual(vae.offers);
      expect(Object.keys(again.variables())).toEqual(Object.keys(vae.variables()));
      expect(again.trainableVariables().length).toBe(vae.trainableVariables().length);
      const draws = [vae, again].map(one => values(one.sample(6, { seed: 3 })));
      expect(draws[1]).toEqual(draws[0]);
      for (const v of draws[0]!) expect(v).toBeGreaterThan(0);
      for (const one of [trainer, vae, again, x]) one.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    test('its KL is what objectives report: closed, or from the sample and its own noise', () => {
      noLeak(() => {
        const vae = modelOf(make());
        const x = pixelTensor(6, SIZE);
        const context = { step: 0, rng: new Rng(5), training: false };
        tf.tidy(() => {
          const { latents } = vae.pass({ x }, context);
          const { z, prior, posterior, logQ } = latents[0]!;
          const kl = name === 'NormalPrior' ? posterior.kl(prior) : tf.sub(logQ!, prior.logProb(z));
          expect(kl.shape).toEqual([6]);
          const terms = elboObjective().evaluate(vae, { x }, context);
          expectClose([...terms.kl!.dataSync()], [...tf.mean(kl).dataSync()], { tolerance: 1e-6 });
        });
        tf.dispose(x);
        vae.dispose();
      });
    });

    test('works with several samples', () => {
      noLeak(() => {
        const vae = modelOf(make());
        const x = pixelTensor(6, SIZE);
        tf.tidy(() => {
          const context = { step: 0, rng: new Rng(5), training: true };
          const { loss } = iwaeObjective({ samples: 3 }).evaluate(vae, { x }, context);
          expect(Number.isFinite(loss.dataSync()[0])).toBe(true);
        });
        tf.dispose(x);
        vae.dispose();
      });
    });

    test('free bits by dimension are refused, unless its KL is closed', () => {
      const vae = modelOf(make());
      const objective = elboObjective({ freeBits: { nats: 0.1, per: 'dimension' } });
      const build = () => new VaeTrainer({ model: vae, objective, seed: 1 }).dispose();
      if (name === 'NormalPrior') expect(build).not.toThrow();
      else expect(build).toThrow(/needs '(closedKl|klElements)', which the model lacks/);
      vae.dispose();
    });
  });

  test('VampPrior is the mixture of the posteriors of its pseudo-inputs, and gradients reach the encoder through it', () => {
    noLeak(() => {
      const pseudo = pixelTensor(3, SIZE);
      const vae = modelOf(new VampPrior({ pseudoInputs: pseudo }));
      const z = new Rng(2).normal([4, LATENT_DIM]);
      const prior = () => vae.prior.distribution({ encode: x => vae.encode(x), training: false });
      tf.tidy(() => {
        const { mean, logVar } = vae.encode(pseudo).params as Record<'mean' | 'logVar', tf.Tensor>;
        const equal = new NormalMixture({
          logits: tf.zeros([1, 3]),
          mean: tf.expandDims(mean, 0),
          logVar: tf.expandDims(logVar, 0),
        });
        expectClose([...prior().logProb(z).dataSync()], [...equal.logProb(z).dataSync()], { tolerance: 1e-6 });
        const kernel = vae.variables()['encoder/0/kernel']!;
        const { grads } = tf.variableGrads(() => tf.sum(prior().logProb(z)) as tf.Scalar, [kernel]);
        expect([...grads[kernel.name]!.dataSync()].some(v => v !== 0)).toBe(true);
      });
      tf.dispose([pseudo, z]);
      vae.dispose();
    });
  });

  test('learned pseudo-inputs lie within the data; the given ones are as they were given', () => {
    noLeak(() => {
      const learned = new VampPrior({ pseudoInputs: 50, inputShape: [SIZE], seed: 4 });
      const inside = values(learned.pseudoInputs());
      expect([Math.min(...inside) > 0, Math.max(...inside) < 1]).toEqual([true, true]);
      const pseudo = tf.tensor2d([[-3, 7]]);
      const given = new VampPrior({ pseudoInputs: pseudo });
      expect(values(given.pseudoInputs())).toEqual([-3, 7]);
      expect(given.trainableVariables()).toEqual([]);
      pseudo.dispose();
      for (const one of [learned, given]) one.dispose();
    });
  });

  test('a mixture begins with means apart; component and place share no noise, within a prior and between two', () => {
    noLeak(() => {
      const prior = new MixturePrior({ components: 4, latentDim: 3, seed: 4 });
      const means = prior.variables()['mean']!.arraySync() as number[][];
      for (const [i, a] of means.entries()) for (const b of means.slice(i + 1)) expect(a).not.toEqual(b);
      prior.dispose();
      tf.tidy(() => {
        const two = new NormalMixture({
          logits: tf.zeros([1, 2]),
          mean: tf.tensor3d([[[-20], [20]]]),
          logVar: tf.zeros([1, 2, 1]),
        });
        const rng = new Rng(8);
        const draws = [0, 1].map(() => [...two.sample({ rng, samples: 4000 }).dataSync()]);
        const [first, second] = draws.map(list => ({
          side: list.map(Math.sign),
          place: list.map(v => v - 20 * Math.sign(v)),
        }));
        const independent = (a: number[], b: number[]) =>
          expect(Math.abs(correlation(a, b))).toBeLessThan(5 / Math.sqrt(4000));
        independent(first!.side, first!.place);
        independent(first!.side, second!.side);
        independent(first!.place, second!.place);
        independent(first!.side, second!.place);
      });
    });
  });

  const posteriors = familyRows.filter(({ data, family }) => !data && family.hasDensity !== false);

  test.each(posteriors.map(row => [row.name, row] as const))('ConditionalPrior of %s', async (_, { family }) => {
    const before = tf.memory().numTensors;
    const width = Object.values(family.parameters(LATENT_DIM)).reduce((a, b) => a + b);
    const prior = new ConditionalPrior({ network: mlp([3, width], 7), family });
    const vae = modelOf(prior, family);
    const [x, condition] = [pixelTensor(6, SIZE), tf.oneHot([0, 1, 2, 0, 1, 2], 3)];
    const trainer = new VaeTrainer({ model: vae, learningRate: 0.01, seed: 1 });
    const { loss } = await trainer.fit({ x, condition }, { epochs: 3, batchSize: 6 }).then(h => h.history);
    for (const v of loss!) expect(v).toBeLessThan(Infinity);
    const draws = values(vae.sample(6, { seed: 3, condition }));
    expect(draws.every(v => v > 0 && v < 1)).toBe(true);
    for (const one of [trainer, vae, x, condition]) one.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('what makes no sense is refused when the model is put together', () => {
  const vamp = () => new VampPrior({ pseudoInputs: 2, inputShape: [SIZE], seed: 1 });
  const planar = flowFamily({ base: normalFamily(), flow: [planarFlow()] });
  expect(() => modelOf(vamp(), planar)).toThrow('a mixture of posteriors, which have no density of a z from elsewhere');
  expect(() => modelOf(vamp(), flowFamily({ base: normalFamily(), flow: [iafFlow()] }))).not.toThrow();
  const encoder = new GaussianEncoder({ network: conditionalMlp(SIZE, 3, 6), latentDim: LATENT_DIM });
  const decoder = new BernoulliDecoder({ network: mlp([LATENT_DIM, SIZE]) });
  expect(() => new Vae({ encoder, decoder, prior: vamp() })).toThrow(
    'no condition for its pseudo-inputs; take a ConditionalPrior',
  );
  const other = new MixturePrior({ components: 2, latentDim: 3 });
  expect(() => modelOf(other)).toThrow('the encoder gives z [batch, 2], but the prior takes [batch, 3]');
  expect(() => new FlowPrior({ latentDim: 2, flow: [planarFlow()] })).toThrow('FlowPrior: planarFlow has no inverse');
  expect(() => new FlowPrior({ latentDim: 2, flow: [iafFlow()] })).toThrow('iafFlow takes features of an encoder');
  expect(() => new ConditionalPrior({ network: mlp([3, 44]), family: planar })).toThrow("'flow' has no density");
  expect(() => new VampPrior({ pseudoInputs: 2 })).toThrow('VampPrior: inputShape is missing');
  expect(() => new VampPrior({ pseudoInputs: 0, inputShape: [2] })).toThrow(
    'pseudoInputs must be a positive integer, got 0',
  );
  expect(() => new VampPrior({ pseudoInputs: tf.zeros([2, 3]), inputShape: [4] })).toThrow('must be [2,4], got [2,3]');
  expect(() => new MixturePrior({ components: 1.5, latentDim: 2 })).toThrow('components must be a positive integer');
});
