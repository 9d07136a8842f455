import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import {
  Bernoulli,
  BernoulliDecoder,
  type Distribution,
  type Encoder,
  elboLoss,
  elboObjective,
  GaussianEncoder,
  iwaeObjective,
  lowRankNormalFamily,
  mlpVae,
  multivariateNormalFamily,
  type Need,
  Normal,
  type Objective,
  type Prior,
  StandardNormal,
  Vae,
  type VaeModel,
  VaeTrainer,
} from '../../src/index';
import { mlp, pixelTensor } from '../support/networks';

const SIZE = 4;
const encoder = () => new GaussianEncoder({ network: mlp([SIZE, 5]), latentDim: 2, seed: 1 });
const decoder = () => new BernoulliDecoder({ network: mlp([2, 5, SIZE]) });

/** A prior of its own, of which nothing is known. */
const unknownPrior: Prior = { distribution: () => new StandardNormal({ shape: [2] }), variables: () => ({}) };

/** The same encoder, that tells to which priors its posterior has a closed KL. */
const telling = (closedKl: readonly string[]): Encoder =>
  Object.defineProperty(encoder(), 'closedKl', { value: closedKl });

const free = elboObjective({ freeBits: { nats: 0.1 } });

test('what a Vae offers is asked of posterior and prior together', () => {
  const standard = new StandardNormal({ shape: [2] });
  const normal = new Normal({ mean: tf.zeros([1, 2]), logVar: tf.zeros([1, 2]) });
  const offers = (prior: Prior | Distribution, given: Encoder = encoder()) =>
    new Vae({ encoder: given, decoder: decoder(), prior }).offers;
  const [densities, closed] = [
    ['ownDensity', 'density'],
    ['closedKl', 'klElements'],
  ] as const;
  const all: Need[] = ['perExample', ...closed, ...densities, 'factorisedPrior'];
  const factorised: Need[] = ['perExample', ...densities, 'factorisedPrior'];
  expect(offers(standard)).toEqual(all);
  expect(offers(normal)).toEqual(all);
  expect(offers(unknownPrior)).toEqual(['perExample', ...densities]);
  expect(offers(standard, telling([]))).toEqual(factorised);
  expect(offers(normal, telling(['standardNormal']))).toEqual(factorised);
  expect(offers({ ...unknownPrior, factorised: true })).toEqual(factorised);
  const zeros = new Bernoulli({ logits: tf.zeros([1, 2]) });
  expect(offers(zeros)).toEqual(factorised);
  const closedAlone: Need[] = ['perExample', ...closed, ...densities];
  expect(offers({ ...unknownPrior, kind: 'laplace' }, telling(['laplace']))).toEqual(closedAlone);
  const own = Object.defineProperty(encoder(), 'hasDensity', { value: false });
  expect(offers(standard, own)).toEqual(all.filter(need => need !== 'density'));
  const none = Object.defineProperty(encoder(), 'relaxed', { value: true });
  expect(offers(standard, none)).toEqual(all.filter(need => need !== 'density' && need !== 'ownDensity'));
  const whole = Object.defineProperty(encoder(), 'klElements', { value: false });
  expect(offers(standard, whole)).toEqual(all.filter(need => need !== 'klElements'));
  expect(mlpVae({ inputShape: [SIZE], latentDim: 2, decoder: { sigma: 'optimal' } }).offers).not.toContain(
    'perExample',
  );
});

test('a model that lacks what is needed is refused when the trainer is built', () => {
  const open = new Vae({ encoder: telling([]), decoder: decoder() });
  expect(() => new VaeTrainer({ model: open, objective: free })).toThrow(
    "the objective needs 'closedKl', which the model lacks: closedKl of the posterior does not have the kind of the prior",
  );
  const optimal = mlpVae({ inputShape: [SIZE], latentDim: 2, decoder: { sigma: 'optimal' } });
  expect(() => new VaeTrainer({ model: optimal, objective: iwaeObjective({ samples: 2 }) })).toThrow(
    "the objective needs 'perExample', which the model lacks (sigma: 'optimal'?)",
  );
});

test('what is not an objective is refused when the trainer is built', () => {
  const model = new Vae({ encoder: encoder(), decoder: decoder() });
  const build = (objective: unknown) => () => new VaeTrainer({ model, objective: objective as Objective });
  expect(build(elboObjective)).toThrow(
    'VaeTrainer: objective must be an objective, such as elboObjective(), got a func',
  );
  expect(build('elbo')).toThrow('such as elboObjective(), got elbo');
  model.dispose();
});

test('the needs of a term count as those of the objective', async () => {
  const term = (needs: readonly Need[]) => ({ name: 'zero', weight: 1, needs, evaluate: () => tf.scalar(0) });
  const model = new Vae({ encoder: encoder(), decoder: decoder(), prior: unknownPrior });
  for (const objective of [
    elboObjective({ terms: [term(['factorisedPrior'])] }),
    iwaeObjective({ samples: 2, terms: [term(['perExample', 'factorisedPrior'])] }),
  ]) {
    expect(() => new VaeTrainer({ model, objective })).toThrow(
      "the objective needs 'factorisedPrior', which the model lacks: the prior is not known to have independent",
    );
  }
  const sized = new VaeTrainer({ model, objective: elboObjective({ terms: [term(['datasetSize'])] }), seed: 1 });
  await expect(sized.fit(() => [pixelTensor(3, SIZE)], { epochs: 1 })).rejects.toThrow(
    'needs the size of the data set',
  );
});

test('a typo is seen by the types, and in JavaScript by name', () => {
  // @ts-expect-error closedKl
  const objective: Objective = { ...elboObjective(), needs: ['closedKL'] };
  const model = mlpVae({ inputShape: [SIZE], latentDim: 2 });
  expect(() => new VaeTrainer({ model, objective })).toThrow(
    "VaeTrainer: the objective needs 'closedKL', which is not known; write 'closedKl'",
  );
  // @ts-expect-error perExample
  const offers: readonly Need[] = ['perExmple'];
  const own: VaeModel = {
    offers,
    pass: (batch, context) => model.pass(batch, context),
    variables: () => model.variables(),
    trainableVariables: () => model.trainableVariables(),
  };
  expect(() => new VaeTrainer({ model: own })).toThrow(
    "VaeTrainer: the model offers 'perExmple', which is not known; write 'perExample'",
  );
  expect(() => new VaeTrainer({ model: { ...own, offers: ['zz' as Need] } })).toThrow(
    "the model offers 'zz', which is not known; there are perExample, closedKl, klElements, ownDensity, density, factorisedPrior, datasetSize",
  );
});

test('free bits by dimension are refused where dimensions depend on each other, and taken on the total', async () => {
  const x = pixelTensor(8, SIZE);
  for (const posterior of [multivariateNormalFamily(), lowRankNormalFamily({ rank: 1 })]) {
    const model = mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [5], posterior, seed: 1 });
    for (const per of ['dimension', 'element'] as const) {
      expect(() => new VaeTrainer({ model, objective: elboObjective({ freeBits: { nats: 0.1, per } }) })).toThrow(
        "the objective needs 'klElements', which the model lacks: the dimensions of the posterior depend on each other; take free bits per 'total'",
      );
    }
    const objective = elboObjective({ freeBits: { nats: 100, per: 'total' } });
    const trainer = new VaeTrainer({ model, objective, seed: 1 });
    const { loss, reconstruction } = await trainer.evaluate(x);
    expect(loss - reconstruction).toBeCloseTo(100, 4);
    const q = model.encode(x);
    const free = { nats: 100, per: 'total' } as const;
    const terms = tf.tidy(() => elboLoss({ x, likelihood: model.decode(q.mean()), posterior: q, freeBits: free }));
    expect(terms.loss.dataSync()[0]! - terms.reconstruction.dataSync()[0]!).toBeCloseTo(100, 4);
    trainer.dispose();
    model.dispose();
  }
});
