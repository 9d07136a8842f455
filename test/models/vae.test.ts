import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { Normal } from '../../src/distributions/normal';
import { StandardNormal } from '../../src/distributions/standard-normal';
import { normalFamily } from '../../src/families/normal-family';
import { Dropout } from '../../src/layers/dropout';
import { BernoulliDecoder } from '../../src/models/bernoulli-decoder';
import { ConditionalPrior } from '../../src/models/conditional-prior';
import { GaussianDecoder } from '../../src/models/gaussian-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import type { Context } from '../../src/models/model';
import type { FunctionNetwork } from '../../src/models/network';
import { Vae } from '../../src/models/vae';
import { elboObjective } from '../../src/objectives/elbo-objective';
import { Rng } from '../../src/random/rng';
import { VaeTrainer } from '../../src/training/trainer';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { conditionalMlp, countingLinear, mlp, pixelTensor, weightsOf } from '../support/networks';

const SIZE = 6;
const LATENT = 2;

function vaeOf({
  encoder = mlp([SIZE, 5]),
  decoder = mlp([LATENT, 5, SIZE], 9) as tf.LayersModel | FunctionNetwork,
} = {}) {
  return new Vae({
    encoder: new GaussianEncoder({ network: encoder, latentDim: LATENT, seed: 3 }),
    decoder: new BernoulliDecoder({ network: decoder }),
  });
}

const context = (training: boolean, more: Partial<Context> = {}): Context => ({
  step: 0,
  rng: new Rng(1),
  training,
  ...more,
});

describeBackends('Vae', () => {
  test('encode, decode, reconstruct, embed, sample: shapes and meaning', () => {
    const vae = vaeOf();
    const x = pixelTensor(3, SIZE);
    tf.tidy(() => {
      const { mean, logVar } = vae.encode(x).params as { mean: tf.Tensor; logVar: tf.Tensor };
      expect([mean.shape, logVar.shape]).toEqual([
        [3, LATENT],
        [3, LATENT],
      ]);
      const z = vae.embed(x);
      expect(values(z.clone())).toEqual(values(mean));
      expect(vae.decode(z).params.logits.shape).toEqual([3, SIZE]);
      expect(vae.decode(tf.zeros([4, 3, LATENT])).params.logits.shape).toEqual([4, 3, SIZE]);
      const xHat = vae.reconstruct(x);
      expect(xHat.shape).toEqual([3, SIZE]);
      expect(values(xHat)).toEqual(values(tf.sigmoid(vae.decode(z).params.logits)));
      expect(vae.sample(7, { seed: 0 }).shape).toEqual([7, SIZE]);
      expect(vae.sample(1, { seed: 0 }).shape).toEqual([1, SIZE]);
    });
    vae.dispose();
    x.dispose();
  });

  test('a seed repeats a sample, 0 too; another seed, or none, gives another', () => {
    const vae = vaeOf();
    const draw = (seed?: number) => values(vae.sample(4, seed === undefined ? {} : { seed }));
    expect(draw(0)).toEqual(draw(0));
    expect(draw(1)).not.toEqual(draw(0));
    expect(draw()).not.toEqual(draw());
    vae.dispose();
  });

  test('samples come from the prior that was given', () => {
    const prior = new Normal({ mean: tf.tensor2d([[40, -40]]), scale: tf.fill([1, 2], 1e-3) });
    const identity: FunctionNetwork = {
      apply: ([z]) => tf.clone(z!),
      variables: {},
      inputShapes: [[2]],
      outputShapes: [[2]],
    };
    const vae = new Vae({
      encoder: new GaussianEncoder({ network: mlp([2, 2]), latentDim: 2 }),
      decoder: new GaussianDecoder({ network: identity, sigma: 1 }),
      prior,
    });
    expectClose(values(vae.sample(2, { seed: 1 })), [40, -40, 40, -40], { tolerance: 1e-3 });
    const before = tf.memory().numTensors;
    vae.dispose();
    expect(before - tf.memory().numTensors).toBe(4 + 2 + 2); // the head, the dense layer, and the prior's parameters
    expect(prior.params.mean.isDisposed).toBe(true);
  });

  test('nothing leaks, inside and outside tf.tidy; dispose is idempotent and gives all back', () => {
    const start = tf.memory().numTensors;
    const vae = vaeOf();
    const x = pixelTensor(3, SIZE);
    const uses = [
      () => vae.encode(x).dispose(),
      () => vae.decode(tf.zeros([2, LATENT])).dispose(),
      () => vae.reconstruct(x).dispose(),
      () => vae.embed(x).dispose(),
      () => vae.sample(3, { seed: 1 }).dispose(),
    ];
    const z = tf.zeros([2, LATENT]);
    uses[1] = () => vae.decode(z).dispose();
    for (const use of uses) {
      noLeak(use);
      noLeak(() => tf.tidy(use));
    }
    noLeak(() => tf.tidy(() => void vae.pass({ x }, context(true))));
    tf.dispose([x, z]);
    vae.dispose();
    vae.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });

  test('the z that is reported is the z that was decoded, and logQ is its density', () => {
    for (const samples of [undefined, 1, 3]) {
      const vae = vaeOf();
      const x = pixelTensor(4, SIZE);
      tf.tidy(() => {
        const { latents, likelihood } = vae.pass({ x }, context(true, samples === undefined ? {} : { samples }));
        const { z, posterior, logQ } = latents[0]!;
        expect(z.shape).toEqual(samples === undefined ? [4, LATENT] : [samples, 4, LATENT]);
        expectClose(values(vae.decode(z).params.logits), values((likelihood.params as { logits: tf.Tensor }).logits), {
          tolerance: 1e-6,
        });
        expectClose(values(logQ!), values(posterior.logProb(z)), { tolerance: 1e-5 });
      });
      vae.dispose();
      x.dispose();
    }
  });

  test('a conditional VAE: both networks, only the decoder, only the encoder', () => {
    const both = new Vae({
      encoder: new GaussianEncoder({ network: conditionalMlp(SIZE, 3, 5), latentDim: LATENT }),
      decoder: new BernoulliDecoder({ network: conditionalMlp(LATENT, 3, SIZE) }),
    });
    const onlyDecoder = new Vae({
      encoder: new GaussianEncoder({ network: mlp([SIZE, 5]), latentDim: LATENT }),
      decoder: new BernoulliDecoder({ network: conditionalMlp(LATENT, 3, SIZE) }),
    });
    const onlyEncoder = new Vae({
      encoder: new GaussianEncoder({ network: conditionalMlp(SIZE, 3, 5), latentDim: LATENT }),
      decoder: new BernoulliDecoder({ network: mlp([LATENT, SIZE]) }),
    });
    const x = pixelTensor(2, SIZE);
    const [a, b] = [
      tf.tensor2d([
        [1, 0, 0],
        [1, 0, 0],
      ]),
      tf.tensor2d([
        [0, 1, 0],
        [0, 1, 0],
      ]),
    ];
    for (const vae of [both, onlyDecoder, onlyEncoder]) {
      expect(vae.conditional).toBe(true);
      const told = (condition: tf.Tensor) => values(vae.reconstruct(x, { condition }));
      expect(told(a)).not.toEqual(told(b));
      expect(() => vae.reconstruct(x)).toThrow('a condition [batch, 3] is needed');
      tf.tidy(() => void vae.pass({ x, condition: a }, context(true)));
    }
    expect(values(both.sample(2, { seed: 1, condition: a }))).not.toEqual(
      values(both.sample(2, { seed: 1, condition: b })),
    );
    const one = tf.slice(a, [0, 0], [1, 3]);
    expect(values(both.sample(2, { seed: 1, condition: one }))).toEqual(
      values(both.sample(2, { seed: 1, condition: a })),
    );
    expect(() => both.sample(2, { seed: 1 })).toThrow('BernoulliDecoder.decode: the network has a second input');
    expect(() => both.sample(3, { condition: a })).toThrow('Vae.sample: condition must be [3, …] or [1, …], got [2,3]');
    const plain = vaeOf();
    expect(() => plain.reconstruct(x, { condition: a })).toThrow('got a condition, but the network has one input');
    expect(() => plain.sample(2, { condition: a })).toThrow('got a condition, but the network has one input');
    for (const vae of [both, onlyDecoder, onlyEncoder, plain]) vae.dispose();
    tf.dispose([x, a, b, one]);
  });

  test('dropout, theirs and ours, and batch norm: on in training, off and repeatable otherwise', () => {
    for (const layer of [
      () => tf.layers.dropout({ rate: 0.5 }),
      () => new Dropout({ rate: 0.5, seed: 1 }),
      () => tf.layers.batchNormalization(),
    ]) {
      const encoder = tf.sequential({ layers: [tf.layers.dense({ inputShape: [SIZE], units: 16 }), layer()] });
      const vae = vaeOf({ encoder });
      const x = pixelTensor(8, SIZE);
      const still = weightsOf(vae);
      const evaluated = () => values(vae.embed(x));
      const rest = evaluated();
      expect(evaluated()).toEqual(rest);
      expect(values(vae.embed(x, { training: false }))).toEqual(rest);
      expect(weightsOf(vae)).toEqual(still);
      expect(values(vae.embed(x, { training: true }))).not.toEqual(rest);
      vae.dispose();
      x.dispose();
    }
  });
});

describe('one run of the encoder a step', () => {
  test('a function network and a layer are called once, in training mode', () => {
    const encoder = countingLinear(SIZE, 5);
    const decoder = countingLinear(LATENT, SIZE);
    const vae = vaeOf({ encoder: encoder.network as unknown as tf.Sequential, decoder: decoder.network });
    const trainer = new VaeTrainer({ model: vae, seed: 1 });
    const x = pixelTensor(4, SIZE);
    tf.tidy(() => void trainer.step({ x }));
    expect(encoder.calls).toEqual([{ training: true, shape: [4, SIZE] }]);
    expect(decoder.calls).toEqual([{ training: true, shape: [4, LATENT] }]);
    trainer.dispose();
    vae.dispose();
    x.dispose();
  });

  test('so is a layer of a LayersModel', async () => {
    const layer = tf.layers.dense({ inputShape: [SIZE], units: 5 });
    const vae = vaeOf({ encoder: tf.sequential({ layers: [layer, tf.layers.dense({ units: 4 })] }) });
    let calls = 0;
    const call = layer.call.bind(layer);
    layer.call = (inputs, kwargs) => {
      calls++;
      return call(inputs, kwargs);
    };
    const trainer = new VaeTrainer({ model: vae, seed: 1 });
    const x = pixelTensor(10, SIZE);
    await trainer.fit(x, { epochs: 2, batchSize: 4 });
    expect(calls).toBe(6);
    trainer.dispose();
    vae.dispose();
    x.dispose();
  });
});

test('batch statistics move in training alone, and the trainer never moves them otherwise', async () => {
  const encoder = tf.sequential({
    layers: [tf.layers.dense({ inputShape: [SIZE], units: 5 }), tf.layers.batchNormalization()],
  });
  const vae = vaeOf({ encoder });
  const trainer = new VaeTrainer({ model: vae, seed: 1 });
  const x = pixelTensor(10, SIZE);
  const statistics = () => [weightsOf(vae)['encoder/1/moving_mean'], weightsOf(vae)['encoder/1/moving_variance']];
  const before = statistics();
  expect(before[0]).toEqual([0, 0, 0, 0, 0]);
  const first = await trainer.evaluate(x);
  expect(statistics()).toEqual(before);
  expect(await trainer.evaluate(x)).toEqual(first);
  await trainer.fit(x, { epochs: 1, batchSize: 5 });
  const after = statistics();
  expect(after[0]).not.toEqual(before[0]);
  expect(after[1]).not.toEqual(before[1]);
  await trainer.evaluate(x);
  expect(statistics()).toEqual(after);
  trainer.dispose();
  vae.dispose();
  x.dispose();
});

test('paths of variables are structural: the same for a second instance', () => {
  const make = () =>
    new Vae({
      encoder: new GaussianEncoder({
        network: tf.sequential({
          layers: [
            tf.layers.dense({ inputShape: [SIZE], units: 5 }),
            tf.layers.batchNormalization(),
            tf.layers.leakyReLU(),
            mlp([5, 4, 3]),
          ],
        }),
        latentDim: LATENT,
      }),
      decoder: new GaussianDecoder({ network: mlp([LATENT, SIZE]), sigma: 'shared' }),
    });
  const [a, b] = [make(), make()];
  expect(Object.keys(a.variables())).toEqual([
    'encoder/0/kernel',
    'encoder/0/bias',
    'encoder/1/gamma',
    'encoder/1/beta',
    'encoder/1/moving_mean',
    'encoder/1/moving_variance',
    'encoder/2/0/kernel',
    'encoder/2/0/bias',
    'encoder/2/1/kernel',
    'encoder/2/1/bias',
    'encoder/head/0/meanKernel',
    'encoder/head/0/meanBias',
    'encoder/head/0/logVarKernel',
    'encoder/head/0/logVarBias',
    'decoder/0/kernel',
    'decoder/0/bias',
    'decoder/sigma/logVar',
  ]);
  expect(Object.keys(b.variables())).toEqual(Object.keys(a.variables()));
  expect(a.trainableVariables().length).toBe(15);
  a.dispose();
  b.dispose();
});

describe('what does not fit together', () => {
  test('latent sizes that differ are refused when the Vae is made', () => {
    const encoder = new GaussianEncoder({ network: mlp([SIZE, 4]), latentDim: 3 });
    const decoder = new BernoulliDecoder({ network: mlp([LATENT, SIZE]) });
    expect(() => new Vae({ encoder, decoder })).toThrow(
      'Vae: the encoder gives z [batch, 3], but the decoder takes [batch, 2]',
    );
  });

  test('so is a prior of another z', () => {
    const { encoder, decoder } = vaeOf();
    const priors = [
      new StandardNormal({ shape: [3] }),
      new ConditionalPrior({ network: mlp([4, 6]), family: normalFamily() }),
    ];
    for (const prior of priors) {
      expect(() => new Vae({ encoder, decoder, prior })).toThrow(
        'Vae: the encoder gives z [batch, 2], but the prior takes [batch, 3]',
      );
    }
  });

  test('rows on the host, and arrays, say what to write instead', () => {
    const vae = vaeOf();
    const rows = { values: new Float32Array(SIZE), shape: [1, SIZE] } as unknown as tf.Tensor;
    const message = 'must be a tensor; toTensor makes one of { values, shape }, and embedAll and reconstructAll take';
    for (const wrong of [rows, [[1, 2]], null, 5] as tf.Tensor[]) {
      expect(() => vae.embed(wrong)).toThrow(`x ${message}`);
      expect(() => vae.reconstruct(wrong)).toThrow(`x ${message}`);
      expect(() => vae.decode(wrong)).toThrow(`z ${message}`);
    }
    vae.dispose();
  });

  test('a count that is none', () => {
    expect(() => vaeOf().sample(0)).toThrow('Vae.sample: count must be a positive integer, got 0');
    expect(() => vaeOf().sample(1.5)).toThrow('got 1.5');
  });

  test('masks hide what they cover, NaN included, from encoder and likelihood', () => {
    const vae = vaeOf();
    const objective = elboObjective();
    const loss = (hidden: number) =>
      tf.tidy(() => {
        const x = tf.tensor2d([[0.2, hidden, 0.4, 0.6, 0.1, 0.9]]);
        const mask = tf.tensor2d([[1, 0, 1, 1, 1, 1]]);
        return objective.evaluate(vae, { x, mask }, context(true)).loss.dataSync()[0]!;
      });
    expect(Number.isFinite(loss(Number.NaN))).toBe(true);
    expect(loss(0.7)).toBe(loss(Number.NaN));
  });
});
