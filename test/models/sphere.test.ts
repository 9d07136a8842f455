import * as tf from '@tensorflow/tfjs';
import {
  bernoulliFamily,
  elboObjective,
  LikelihoodDecoder,
  PosteriorEncoder,
  powerSphericalFamily,
  StandardNormal,
  Vae,
  VaeTrainer,
} from 'tfjs-vae';
import { expect, test } from 'vitest';

const network = (from: number, units: number) =>
  tf.sequential({ layers: [tf.layers.dense({ inputShape: [from], units })] });
const encoder = () => new PosteriorEncoder({ network: network(5, 8), latentDim: 3, posterior: powerSphericalFamily() });
const decoder = () => new LikelihoodDecoder({ network: network(3, 5), likelihood: bernoulliFamily() });

test('a model on the sphere has the uniform prior, a closed KL, and no free bits by dimension', () => {
  const vae = new Vae({ encoder: encoder(), decoder: decoder() });
  expect(vae.prior.kind).toBe('sphereUniform');
  expect(vae.offers).toContain('closedKl');
  const objective = elboObjective({ freeBits: { nats: 0.1, per: 'dimension' } });
  expect(() => new VaeTrainer({ model: vae, objective, seed: 1 })).toThrow("needs 'klElements'");
  vae.dispose();
});

test('a Gaussian prior on the sphere is refused when the model is put together', () => {
  const [one, other] = [encoder(), decoder()];
  expect(() => new Vae({ encoder: one, decoder: other, prior: new StandardNormal({ shape: [3] }) })).toThrow(
    'sphereUniform',
  );
  one.dispose();
  other.dispose();
});

test('a range of concentrations that is none is refused', () => {
  expect(() => powerSphericalFamily({ concentrationRange: [0, 10] })).toThrow('must begin above 0, got [0,10]');
  expect(() => powerSphericalFamily({ concentrationRange: [5, 1] })).toThrow('low < high');
});
