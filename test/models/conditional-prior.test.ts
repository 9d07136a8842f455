import * as tf from '@tensorflow/tfjs';
import {
  BernoulliDecoder,
  ConditionalPrior,
  elboObjective,
  GaussianEncoder,
  gaussianFamily,
  loadVae,
  Normal,
  normalFamily,
  saveVae,
  Vae,
  VaeTrainer,
} from 'tfjs-vae';
import { expect, test } from 'vitest';
import { describeBackends } from '../support/backends';
import { conditionalMlp, mlp, pixelTensor } from '../support/networks';

const makeVae = () =>
  new Vae({
    encoder: new GaussianEncoder({ network: mlp([5, 6]), latentDim: 2, seed: 1 }),
    decoder: new BernoulliDecoder({ network: mlp([2, 5]) }),
    prior: new ConditionalPrior({ network: mlp([3, 4], 7), family: normalFamily() }),
  });
const labels = () => tf.oneHot([0, 1, 2, 0, 1, 2], 3);

describeBackends('ConditionalPrior', () => {
  test('is learned with its Vae, saved and loaded, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    const vae = makeVae();
    expect(vae.conditional).toBe(true);
    expect(vae.summary()).toContain('prior: ConditionalPrior of normal');
    expect(vae.offers).toEqual(expect.arrayContaining(['closedKl', 'factorisedPrior']));
    expect(Object.keys(vae.variables()).filter(path => path.startsWith('prior/'))).toEqual([
      ...['prior/0/kernel', 'prior/0/bias'],
    ]);
    const [x, condition] = [pixelTensor(6, 5), labels()];
    const start = Array.from(vae.variables()['prior/0/kernel']!.dataSync());
    const trainer = new VaeTrainer({ model: vae, learningRate: 0.02, seed: 1 });
    await trainer.fit({ x, condition }, { epochs: 5, batchSize: 3 });
    expect(Array.from(vae.variables()['prior/0/kernel']!.dataSync())).not.toEqual(start);

    const file: Uint8Array[] = [];
    await saveVae(vae, { write: async bytes => void file.push(bytes) });
    const again = await loadVae(file[0]!, { parts: [GaussianEncoder, BernoulliDecoder, ConditionalPrior] });
    const samples = [vae, again].map(one => tf.tidy(() => one.sample(6, { seed: 3, condition }).arraySync()));
    expect(samples[1]).toEqual(samples[0]);
    for (const one of [trainer, vae, again, x, condition]) one.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('draws z from the condition of each example, or from one for all', () => {
    const vae = makeVae();
    tf.tidy(() => {
      const each = vae.sample(6, { seed: 3, condition: labels() }).arraySync() as number[][];
      const all = vae.sample(6, { seed: 3, condition: tf.oneHot([0], 3) }).arraySync() as number[][];
      expect(all[0]).toEqual(each[0]);
      expect(all[1]).not.toEqual(each[1]);
    });
    vae.dispose();
  });
});

test('a frozen network of the prior is not trained', () => {
  const network = mlp([3, 4]);
  const prior = new ConditionalPrior({ network, family: normalFamily() });
  expect(prior.trainableVariables().length).toBe(2);
  network.layers[0]!.trainable = false;
  expect(prior.trainableVariables()).toEqual([]);
  expect(prior.network).toBe(network);
  prior.dispose();
});

test('what cannot be a conditional prior is refused, and so is a missing condition', () => {
  const family = normalFamily();
  expect(() => new ConditionalPrior({ network: conditionalMlp(2, 3, 4), family })).toThrow(
    'ConditionalPrior: network must have one input, the condition, got 2',
  );
  expect(() => new ConditionalPrior({ network: mlp([3, 5]), family })).toThrow('its size must be even, got [batch, 5]');
  const blind = { ...family, kind: 'blind', hasDensity: false };
  expect(() => new ConditionalPrior({ network: mlp([3, 4]), family: blind })).toThrow(
    "ConditionalPrior: 'blind' has no density of a z from elsewhere, which a prior needs",
  );
  const vae = makeVae();
  const { encoder, decoder } = vae;
  const drawn = Object.assign(new Normal({ mean: tf.zeros([1, 2]), logVar: tf.zeros([1, 2]) }), { hasDensity: false });
  expect(() => new Vae({ encoder, decoder, prior: drawn })).toThrow("Vae: 'normal' has no density");
  drawn.dispose();
  expect(() => new Vae({ encoder, decoder, prior: mlp([3, 4]) as never })).toThrow(
    'Vae: prior must be a distribution, a ConditionalPrior, or { distribution, variables }',
  );
  expect(() => vae.sample(2)).toThrow('ConditionalPrior: p(z | condition) needs a condition');
  expect(() => vae.sample(2, { condition: tf.zeros([2, 4]) })).toThrow(
    'ConditionalPrior.distribution: condition must be [batch, 3], got [2,4]',
  );
  vae.dispose();
});

test('of any family of Normals has a closed KL, so free bits go with it', async () => {
  await tf.setBackend('cpu');
  const family = gaussianFamily({ sigma: 0.5 });
  const vae = new Vae({
    encoder: new GaussianEncoder({ network: mlp([5, 6]), latentDim: 2, seed: 1 }),
    decoder: new BernoulliDecoder({ network: mlp([2, 5]) }),
    prior: new ConditionalPrior({ network: mlp([3, 2], 7), family }),
  });
  expect(vae.offers).toContain('closedKl');
  const objective = elboObjective({ freeBits: { nats: 0.1, per: 'dimension' } });
  const trainer = new VaeTrainer({ model: vae, objective, seed: 1 });
  const [x, condition] = [pixelTensor(6, 5), labels()];
  const terms = trainer.step({ x, condition });
  expect(Number.isFinite(terms.kl!.dataSync()[0])).toBe(true);
  tf.dispose([x, condition, terms as never]);
  trainer.dispose();
  vae.dispose();
});
