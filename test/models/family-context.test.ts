import * as tf from '@tensorflow/tfjs';
import {
  BernoulliDecoder,
  bernoulliFamily,
  ConditionalPrior,
  defineFamily,
  type FamilyContext,
  LikelihoodDecoder,
  mlpVae,
  Normal,
  normalFamily,
  PosteriorEncoder,
  Rng,
  reconstructAll,
  Vae,
} from 'tfjs-vae';
import { expect, test } from 'vitest';
import { mlp, pixelTensor } from '../support/networks';

/** A family that notes what it is told. */
function noting() {
  const contexts: FamilyContext[] = [];
  const family = defineFamily('noting', () => ({
    parameters: size => ({ mean: size }),
    distribution({ mean }, context) {
      contexts.push(context);
      const rates = context.exposure ? tf.mul(mean, context.exposure) : mean;
      return new Normal({ mean: rates, logVar: tf.scalar(0), eventRank: context.eventRank });
    },
  }))();
  return { contexts, family };
}

const rng = new Rng(1);
const numbers = (t: tf.Tensor) => Array.from(t.dataSync());

test('step reaches both networks and the prior, the rest of the batch the likelihood', async () => {
  const [q, p, r] = [noting(), noting(), noting()];
  const vae = new Vae({
    encoder: new PosteriorEncoder({ network: mlp([4, 5]), latentDim: 2, posterior: q.family, seed: 1 }),
    decoder: new LikelihoodDecoder({ network: mlp([2, 4]), likelihood: p.family }),
    prior: new ConditionalPrior({ network: mlp([3, 2]), family: r.family }),
  });
  const x = pixelTensor(6, 4);
  const batch = {
    ...{ x, condition: tf.ones([6, 3]), mask: tf.ones([6, 4]), weights: tf.ones([6]) },
    exposure: tf.tensor1d([1, 2, 3, 4, 5, 6]),
  };
  tf.tidy(() => {
    const { likelihood, latents } = vae.pass(batch, { step: 7, rng, training: true, samples: 3 });
    const { x: target, mask, weights } = batch;
    expect(q.contexts).toEqual([{ variables: {}, eventRank: 1, training: true, step: 7 }]);
    expect(r.contexts).toEqual([{ variables: {}, eventRank: 1, training: true, step: 7 }]);
    expect(p.contexts).toEqual([
      { variables: {}, eventRank: 1, training: true, step: 7, target, mask, weights, exposure: expect.anything() },
    ]);
    expect(p.contexts[0]!.target).toBe(x);
    expect(likelihood.mean().shape).toEqual([3, 6, 4]);
    // [batch] has become [batch, 1], which broadcasts over samples and elements.
    const plain = vae.decode(latents[0]!.z).mean();
    const ratio = tf.div(likelihood.mean(), plain);
    expect(numbers(tf.mean(ratio, [0, 2])).map(Math.round)).toEqual([1, 2, 3, 4, 5, 6]);
    const once = vae.reconstruct(x, { condition: batch.condition });
    const twice = vae.reconstruct(x, { condition: batch.condition, exposure: tf.fill([6], 2) });
    expect(numbers(tf.sub(twice, tf.mul(2, once))).every(d => Math.abs(d) < 1e-6)).toBe(true);
    const drawn = (more: object) => vae.sample(6, { seed: 1, condition: batch.condition, ...more });
    expect(numbers(tf.sub(drawn({ exposure: tf.tensor1d([2]) }), tf.mul(2, drawn({}))))).toEqual(Array(24).fill(0));
    expect(() => drawn({ exposure: tf.ones([5]) })).toThrow(
      'LikelihoodDecoder.decode: exposure must be [batch] for a batch of 6, got [5]',
    );
    expect(() => vae.decode(latents[0]!.z, { exposure: tf.ones([3]) })).toThrow('for a batch of 6, got [3]');
  });
  expect(p.contexts.at(-1)).not.toHaveProperty('step');
  const { condition, exposure } = batch;
  const rows = await reconstructAll(vae, { x, condition, exposure }, { batchSize: 4 });
  expect(Array.from(rows.values)).toEqual(tf.tidy(() => numbers(vae.reconstruct(x, { condition, exposure }))));
  vae.dispose();
  tf.dispose(Object.values(batch));
});

test('what posterior, prior and likelihood remember of a step is in the pass', () => {
  const counting = defineFamily('counting', () => ({
    perExample: false,
    parameters: size => ({ mean: size }),
    createVariables: () => ({ seen: tf.variable(tf.scalar(0), false) }),
    distribution: ({ mean }, { eventRank }) => new Normal({ mean, logVar: tf.scalar(0), eventRank }),
    updates: (_, { variables, training }) =>
      training ? [[variables['seen']!, tf.add(variables['seen']!, 1)] as const] : [],
  }));
  const vae = new Vae({
    encoder: new PosteriorEncoder({ network: mlp([4, 5]), latentDim: 2, posterior: counting(), seed: 1 }),
    decoder: new BernoulliDecoder({ network: mlp([2, 4]) }),
    prior: new ConditionalPrior({ network: mlp([3, 2]), family: counting() }),
  });
  expect(vae.offers).not.toContain('perExample');
  tf.tidy(() => {
    const batch = { x: tf.ones([6, 4]), condition: tf.ones([6, 3]) };
    const { updates = [] } = vae.pass(batch, { step: 7, rng, training: true });
    const seen = ['encoder/seen', 'prior/seen'].map(path => vae.variables()[path]);
    expect(updates.map(([variable]) => variable)).toEqual(seen);
    expect(vae.pass(batch, { step: 7, rng, training: false }).updates).toEqual([]);
  });
  vae.dispose();
});

test('a likelihood with updates in a step gives them from decodeWithUpdates alone', () => {
  const mean = defineFamily('running', () => ({
    parameters: size => ({ logits: size }),
    createVariables: () => ({ seen: tf.variable(tf.scalar(0), false) }),
    distribution: (raw, context) => bernoulliFamily().distribution(raw, context),
    updates: (_, { variables, training }) =>
      training ? [[variables['seen']!, tf.add(variables['seen']!, 1)] as const] : [],
  }))();
  const decoder = new LikelihoodDecoder({ network: mlp([2, 3]), likelihood: mean });
  tf.tidy(() => {
    const z = tf.zeros([2, 2]);
    expect(decoder.decodeWithUpdates(z, { training: true }).updates.length).toBe(1);
    expect(decoder.decodeWithUpdates(z, {}).updates).toEqual([]);
    expect(Object.keys(decoder.variables())).toEqual(['0/kernel', '0/bias', 'seen']);
    expect(decoder.trainableVariables()).toHaveLength(2);
  });
  decoder.dispose();
});

test('what is not a family is refused by name, and so is its factory', () => {
  const network = mlp([2, 3]);
  expect(() => new LikelihoodDecoder({ network, likelihood: bernoulliFamily as never })).toThrow(
    'LikelihoodDecoder: likelihood must be a family, such as bernoulliFamily(), got a function; call it',
  );
  expect(() => new PosteriorEncoder({ network, latentDim: 2, posterior: 'normal' as never })).toThrow(
    'PosteriorEncoder: posterior must be a family, such as bernoulliFamily(), got string',
  );
  expect(() => new ConditionalPrior({ network, family: {} as never })).toThrow('family must be a family');
  const options = { inputShape: [3], latentDim: 2 };
  expect(() => mlpVae({ ...options, likelihood: normalFamily as never })).toThrow(
    'mlpVae: likelihood must be a family',
  );
  network.dispose();
});

test('a network of several outputs gives each parameter itself', () => {
  const input = tf.input({ shape: [3] });
  const outputs = [0, 1].map(() => tf.layers.dense({ units: 2 }).apply(input) as tf.SymbolicTensor);
  const network = tf.model({ inputs: input, outputs });
  const encoder = new PosteriorEncoder({ network, latentDim: 2, posterior: normalFamily() });
  expect(encoder.head).toBeUndefined();
  expect(encoder.latentShape).toEqual([2]);
  tf.tidy(() => void expect(encoder.encode(tf.zeros([4, 3])).params.logVar.shape).toEqual([4, 2]));
  const three = () => new PosteriorEncoder({ network, latentDim: 3, posterior: normalFamily() });
  expect(three).toThrow('PosteriorEncoder: mean and logVar of the network must be [batch, 3], got [batch, 2]');
  const one = () => new PosteriorEncoder({ network, latentDim: 2, posterior: bernoulliFamily() });
  expect(one).toThrow('PosteriorEncoder: network must give features or logits [batch, 2], got [batch, 2], [batch, 2]');
  encoder.dispose();
});
