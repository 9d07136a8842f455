// Models and objectives that the library does not have, each in a few lines over its public names.
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import {
  Bernoulli,
  BernoulliDecoder,
  type Context,
  type Distribution,
  elboObjective,
  GaussianEncoder,
  iwaeObjective,
  type Latent,
  logSumExp,
  mlpVae,
  type Normal,
  negativeLogLikelihood,
  type Objective,
  type Player,
  type Prior,
  Rng,
  reduceMean,
  StandardNormal,
  stopGradient,
  tidy,
  Vae,
  type VaeModel,
  VaeTrainer,
  type Variables,
} from '../../src/index';
import { describeBackends, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { conditionalMlp, mlp, pixelTensor, variable, weightsOf } from '../support/networks';

const SIZE = 8;
const COUNT = 24;

/** Trains for a while; the loss falls, all stays finite, and everything is given back. */
async function trains(model: VaeModel, objective: Objective, { learningRate = 0.02, epochs = 15 } = {}) {
  const x = pixelTensor(COUNT, SIZE);
  const trainer = new VaeTrainer({ model, objective, learningRate, seed: 1 });
  const before = await trainer.evaluate(x, { batchSize: 12 });
  await trainer.fit(x, { epochs: 1, batchSize: 12 });
  const tensors = tf.memory().numTensors;
  const { history } = await trainer.fit(x, { epochs: epochs - 1, batchSize: 12, validationData: x });
  expect(tf.memory().numTensors).toBe(tensors);
  const after = await trainer.evaluate(x, { batchSize: 12 });
  expect(after.loss, JSON.stringify(history)).toBeLessThan(before.loss - 0.1);
  expect(
    Object.entries(history).every(([key, series]) => key.startsWith('val_') || series.every(Number.isFinite)),
  ).toBe(true);
  trainer.dispose();
  x.dispose();
  return { history, after };
}

const joined = (parts: Record<string, { variables(): Variables }>): Variables =>
  Object.fromEntries(
    Object.entries(parts).flatMap(([name, part]) =>
      Object.entries(part.variables()).map(([path, v]) => [`${name}/${path}`, v]),
    ),
  );

/** q(z₂ | x) q(z₁ | x, z₂), p(z₂) p(z₁ | z₂) p(x | z₁). */
function ladder(): VaeModel {
  const parts = {
    top: new GaussianEncoder({ network: mlp([SIZE, 6]), latentDim: 2, seed: 1 }),
    bottom: new GaussianEncoder({ network: conditionalMlp(SIZE, 2, 6), latentDim: 3, seed: 2 }),
    prior: new GaussianEncoder({ network: mlp([2, 5]), latentDim: 3, seed: 3 }),
    decoder: new BernoulliDecoder({ network: mlp([3, 6, SIZE]) }),
  };
  return {
    pass({ x }, { rng, training }) {
      const draw = (name: string, posterior: Normal, prior: Distribution): Latent => {
        const { value: z, logProb: logQ } = posterior.sampleWithLogProb({ rng: rng.fork(name) });
        return { name, z, posterior, prior, logQ };
      };
      const top = draw('top', parts.top.encode(x, { training }), new StandardNormal({ shape: [2] }));
      const posterior = parts.bottom.encode(x, { training, condition: top.z });
      const bottom = draw('bottom', posterior, parts.prior.encode(top.z, { training }));
      return { latents: [top, bottom], likelihood: parts.decoder.decode(bottom.z, { training }) };
    },
    variables: () => joined(parts),
    trainableVariables: () => Object.values(parts).flatMap(part => part.trainableVariables()),
    dispose: () => Object.values(parts).forEach(part => void part.dispose()),
  };
}

/** A mixture with equal weights; the components are the rows of a Normal. */
function mixture(components: Normal): Distribution {
  const [count, size] = components.params.mean.shape as [number, number];
  const logProb = (z: tf.Tensor) =>
    tf.tidy(() => {
      const each = components.logProb(tf.reshape(z, [-1, 1, size]));
      return tf.reshape(tf.sub(logSumExp(each, -1), Math.log(count)), z.shape.slice(0, -1));
    });
  const sample: Distribution['sample'] = ({ rng, samples = 1 }) =>
    tf.tidy(() => {
      const drawn = components.sample({ rng, samples });
      const chosen = Array.from(rng.uniform([samples]).dataSync(), u => Math.floor(u * count));
      const mask = tf.expandDims(tf.oneHot(chosen, count), 2);
      return tf.sum(tf.mul(drawn, mask), 1, true);
    });
  return {
    kind: 'mixture',
    params: components.params,
    eventShape: components.eventShape,
    reparameterised: false,
    sample,
    sampleWithLogProb(options) {
      const value = sample(options);
      return { value, logProb: logProb(value) };
    },
    logProb,
    hasKl: () => false,
    kl: () => {
      throw new Error('by Monte Carlo');
    },
    mean: () => tf.mean(components.params.mean, 0, true),
    detach: () => mixture(components.detach()),
    dispose: () => components.dispose(),
  };
}

/** Tomczak & Welling 2018, arXiv 1705.07120, equation 9: the prior is the mixture of the posteriors of pseudo-inputs. */
function vampPrior(count: number): Prior {
  const inputs = variable([count, SIZE], 11, 2);
  return {
    distribution: ({ encode }) => mixture(encode(tf.sigmoid(inputs)) as Normal),
    variables: () => ({ inputs }),
    dispose: () => inputs.dispose(),
  };
}

/** van den Oord et al. 2017, arXiv 1711.00937: one code per example, the codebook by exponential moving averages. */
function vectorQuantised(codes: number, { commitment = 0.25, decay = 0.9 } = {}): VaeModel {
  const variables = {
    encoder: variable([SIZE, 3], 1),
    codebook: tf.tidy(() => tf.variable(new Rng(2).normal([codes, 3]), false)),
    decoder: variable([3, SIZE], 3),
    bias: variable([SIZE], 4),
  };
  const matMul = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D);
  return {
    pass({ x }) {
      const encoded = matMul(x, variables.encoder);
      const { codebook } = variables;
      const distances = tf.sub(
        tf.sum(tf.square(codebook), 1),
        tf.mul(2, matMul(stopGradient(encoded), tf.transpose(codebook))),
      );
      const used = tf.cast(tf.oneHot(tf.argMin(distances, 1) as tf.Tensor1D, codes), 'float32');
      const quantised = matMul(used, codebook);
      const straight = tf.add(encoded, stopGradient(tf.sub(quantised, encoded)));
      const counts = tf.expandDims(tf.sum(used, 0), 1);
      const means = tf.divNoNan(matMul(tf.transpose(used), stopGradient(encoded)), counts);
      const moved = tf.add(
        tf.mul(decay, codebook),
        tf.mul(1 - decay, tf.where(tf.greater(counts, 0), means, codebook)),
      );
      return {
        latents: [],
        likelihood: new Bernoulli({ logits: tf.add(matMul(straight, variables.decoder), variables.bias) }),
        penalties: {
          commitment: tf.mul(commitment, tf.mean(tf.sum(tf.squaredDifference(encoded, stopGradient(quantised)), 1))),
        },
        updates: [[codebook, moved]],
      };
    },
    variables: () => variables,
    trainableVariables: () => Object.values(variables).filter(v => v.trainable),
    dispose: () => tf.dispose(variables),
  };
}

/** Weights of minibatch-stratified sampling: 1/N on the own sample, (N − M)/(NM) on one other, 1/M on the rest. */
function stratified(batch: number, size: number): tf.Tensor2D {
  const others = batch - 1;
  const weight = (i: number, j: number) =>
    i === j ? 1 / size : j === (i + 1) % batch ? (size - others) / (size * others) : 1 / others;
  return tf.tensor2d(Array.from({ length: batch }, (_, i) => Array.from({ length: batch }, (_, j) => weight(i, j))));
}

/** Chen et al. 2018, arXiv 1802.04942, equation 4: mutual information + β·TC + dimension-wise KL. */
function tcVae(beta: number): Objective {
  return {
    needs: ['datasetSize'],
    evaluate: (model, batch, context) =>
      tidy(() => {
        const { latents, likelihood } = model.pass(batch, context);
        const { z, posterior, prior } = latents[0]!;
        const count = z.shape[0]!;
        const pairs = posterior.logProbElements!(tf.expandDims(z, 1)); // log q(z_i | x_j), [B, B, D]
        const logW = tf.log(stratified(count, context.datasetSize!));
        const marginal = logSumExp(tf.add(tf.sum(pairs, 2), logW), 1);
        const product = tf.sum(logSumExp(tf.add(pairs, tf.expandDims(logW, 2)), 1), 1);
        const [given, free] = [posterior.logProb(z), prior.logProb(z)];
        const information = tf.mean(tf.sub(given, marginal)) as tf.Scalar;
        const correlation = tf.mean(tf.sub(marginal, product)) as tf.Scalar;
        const dimensions = tf.mean(tf.sub(product, free)) as tf.Scalar;
        const reconstruction = reduceMean(negativeLogLikelihood(likelihood, batch.x));
        const kl = reduceMean(posterior.kl(prior));
        const cost = tf.add(tf.add(information, tf.mul(beta, correlation)), dimensions);
        return {
          loss: tf.add(reconstruction, cost) as tf.Scalar,
          elbo: tf.neg(tf.add(reconstruction, kl)) as tf.Scalar,
          reconstruction,
          kl,
          metrics: { information, correlation, dimensions, sampledKl: tf.mean(tf.sub(given, free)) as tf.Scalar },
        };
      }),
  };
}

/** Kim & Mnih 2018, arXiv 1802.05983: a discriminator tells q(z) from the product of its marginals. */
function factorVae(gamma: number, plays = true): Objective {
  const variables = { hidden: variable([2, 8], 21), output: variable([8, 2], 22) };
  const logits = (z: tf.Tensor) => {
    const hidden = tf.leakyRelu(tf.matMul(z as tf.Tensor2D, variables.hidden as tf.Tensor2D));
    return tf.split(tf.matMul(hidden as tf.Tensor2D, variables.output as tf.Tensor2D), 2, 1) as [tf.Tensor, tf.Tensor];
  };
  const odds = (z: tf.Tensor) => tf.sub(...logits(z));
  const inner = elboObjective();
  const player: Player = {
    name: 'discriminator',
    learningRate: 0.01,
    variables: () => variables,
    loss: (model, batch, context) =>
      tf.tidy(() => {
        const { z } = model.pass(batch, context).latents[0]!;
        const [own, other] = tf.split(z, 2, 0) as [tf.Tensor, tf.Tensor];
        const order = () => Array.from(context.rng.permutation(other.shape[0]!));
        const permuted = tf.concat(
          tf.split(other, 2, 1).map(column => tf.gather(column, order())),
          1,
        );
        const wrong = tf.add(tf.mean(tf.softplus(tf.neg(odds(own)))), tf.mean(tf.softplus(odds(permuted))));
        return tf.mul(0.5, wrong) as tf.Scalar;
      }),
    dispose: () => tf.dispose(variables),
  };
  return {
    evaluate: (model, batch, context) =>
      tidy(() => {
        const pass = model.pass(batch, context);
        const terms = inner.evaluate({ ...model, pass: () => pass }, batch, context);
        const correlation = tf.mean(odds(pass.latents[0]!.z)) as tf.Scalar;
        return {
          ...terms,
          loss: tf.add(terms.loss, tf.mul(gamma, correlation)) as tf.Scalar,
          metrics: { correlation },
        };
      }),
    players: () => (plays ? [player] : []),
  };
}

const simple = () => mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [8], seed: 1 });
const context = (more: Partial<Context> = {}): Context => ({ step: 0, rng: new Rng(1), training: true, ...more });

describeBackends('built on the seams', () => {
  test('a ladder of two latent variables with a conditional prior', async () => {
    const start = tf.memory().numTensors;
    const model = ladder();
    tf.tidy(() => {
      const x = pixelTensor(4, SIZE);
      const [top, bottom] = model.pass({ x }, context()).latents as [Latent, Latent];
      const terms = elboObjective().evaluate(model, { x }, context());
      const kl = [top, bottom].reduce((a, { posterior, prior }) => a + values(tf.mean(posterior.kl(prior)))[0]!, 0);
      expectClose(values(terms.kl!), [kl], { tolerance: 1e-5 });
    });
    const { history } = await trains(model, elboObjective({ freeBits: { nats: 0.01 } }));
    expect(Object.keys(history).filter(key => !key.startsWith('val_'))).toEqual([
      'loss',
      'elbo',
      'reconstruction',
      'kl',
      'beta',
    ]);
    model.dispose!();
    expect(tf.memory().numTensors).toBe(start);
  });

  test('a VampPrior: pseudo-inputs learn, KL by Monte Carlo', async () => {
    const start = tf.memory().numTensors;
    const model = new Vae({
      encoder: new GaussianEncoder({ network: mlp([SIZE, 6]), latentDim: 2, seed: 1 }),
      decoder: new BernoulliDecoder({ network: mlp([2, 6, SIZE]) }),
      prior: vampPrior(5),
    });
    tf.tidy(() => {
      const x = pixelTensor(3, SIZE);
      const { posterior, prior, z, logQ } = model.pass({ x }, context()).latents[0]!;
      const { mean, logVar } = model.encode(tf.sigmoid(model.variables()['prior/inputs']!)).params as Record<
        string,
        tf.Tensor
      >;
      const [means, logVars, point] = [mean!, logVar!, z].map(t => t.arraySync() as number[][]) as [
        number[][],
        number[][],
        number[][],
      ];
      const density = (v: readonly number[]) => {
        const parts = means.map((m, k) =>
          m.reduce(
            (a, mu, d) =>
              a - 0.5 * ((v[d]! - mu) ** 2 / Math.exp(logVars[k]![d]!) + logVars[k]![d]! + Math.log(2 * Math.PI)),
            0,
          ),
        );
        return Math.log(parts.reduce((a, p) => a + Math.exp(p), 0) / 5);
      };
      expectClose(values(prior.logProb(z)), point.map(density), { tolerance: 1e-4 });
      expect(posterior.hasKl(prior)).toBe(false);
      const kl = values(tf.mean(tf.sub(logQ!, prior.logProb(z))));
      expectClose(values(elboObjective().evaluate(model, { x }, context()).kl!), kl, { tolerance: 1e-5 });
      expect(model.sample(7, { seed: 1 }).shape).toEqual([7, SIZE]);
    });
    const before = weightsOf(model)['prior/inputs'];
    await trains(model, elboObjective());
    expect(weightsOf(model)['prior/inputs']).not.toEqual(before);
    await trains(model, iwaeObjective({ samples: 3 }), { epochs: 30 });
    model.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });

  test('a vector-quantised latent: a penalty, a codebook of updates, and no bound to claim', async () => {
    const start = tf.memory().numTensors;
    const model = vectorQuantised(6);
    const codebook = () => weightsOf(model)['codebook'];
    const before = codebook();
    const trainer = new VaeTrainer({ model, seed: 1 });
    const x = pixelTensor(COUNT, SIZE);
    await trainer.evaluate(x);
    expect(codebook()).toEqual(before);
    trainer.dispose();
    x.dispose();
    const { history } = await trains(model, elboObjective(), { epochs: 20 });
    expect(codebook()).not.toEqual(before);
    const keys = Object.keys(history).filter(key => !key.startsWith('val_'));
    expect(keys.sort()).toEqual(['beta', 'commitment', 'loss', 'reconstruction']);
    expectClose([history['loss']!.at(-1)!], [history['reconstruction']!.at(-1)! + history['commitment']!.at(-1)!], {
      tolerance: 1e-5,
    });
    model.dispose!();
    expect(tf.memory().numTensors).toBe(start);
  });

  test('a β-TCVAE: MI + TC + dimension-wise KL = the sampled KL', async () => {
    const start = tf.memory().numTensors;
    const model = simple();
    const { history } = await trains(model, tcVae(4));
    const last = (key: string) => history[key]!.at(-1)!;
    expectClose([last('information') + last('correlation') + last('dimensions')], [last('sampledKl')], {
      tolerance: 1e-4,
    });
    tf.tidy(() => {
      const rows = values(tf.sum(stratified(6, 50), 1));
      expectClose(rows, Array(6).fill(1), { tolerance: 1e-6 });
    });
    const stream = () => [pixelTensor(4, SIZE)];
    const trainer = new VaeTrainer({ model, objective: tcVae(4), seed: 1 });
    await expect(trainer.fit(stream, { epochs: 1 })).rejects.toThrow('needs the size of the data set');
    trainer.dispose();
    model.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });

  test('a second player: the discriminator learns, and its loss does not reach the model', async () => {
    const start = tf.memory().numTensors;
    const model = simple();
    const { history } = await trains(model, factorVae(1));
    expect(history['discriminatorLoss']!.length).toBe(15);
    model.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });
});

describe('the players', () => {
  const x = () => pixelTensor(COUNT, SIZE);

  test('learn their own loss alone: the model moves as it would without them', () => {
    const after = [true, false].map(plays => {
      const model = simple();
      const trainer = new VaeTrainer({ model, objective: factorVae(1, plays), seed: 1 });
      tf.tidy(() => void trainer.step({ x: x() }));
      return weightsOf(model);
    });
    expect(after[0]).toEqual(after[1]);
  });

  test('get better at it where the model stands still', async () => {
    const model = simple();
    // z₁ and z₂ are one: the discriminator has something to find.
    const kernel = model.variables()['encoder/head/0/meanKernel']!;
    kernel.assign(
      tf.tidy(() => tf.mul(20, tf.concat([tf.slice(kernel, [0, 0], [8, 1]), tf.slice(kernel, [0, 0], [8, 1])], 1))),
    );
    for (const [path, v] of Object.entries(model.variables())) v.trainable = path === 'decoder/1/bias';
    const trainer = new VaeTrainer({ model, objective: factorVae(1), seed: 1 });
    const { history } = await trainer.fit(x(), { epochs: 120 });
    const losses = history['discriminatorLoss']!;
    expect(losses.at(-1)!).toBeLessThan(losses[0]! - 0.1);
  });
});
