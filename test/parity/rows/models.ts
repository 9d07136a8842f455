import * as tf from '@tensorflow/tfjs';
import {
  BernoulliDecoder,
  bernoulliFamily,
  ConditionalPrior,
  GaussianDecoder,
  GaussianEncoder,
  gaussianFamily,
  LikelihoodDecoder,
  normalFamily,
  PosteriorEncoder,
  Vae,
} from 'tfjs-vae';
import { noise, type ParityRow, unit } from '../row';

const dense = (input: number, units: number, seed: number) =>
  tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [input], units, kernelInitializer: tf.initializers.glorotUniform({ seed }) }),
    ],
  });

/** A Vae of one dense layer each way: all that a user calls, values only; its gradients are in the training rows. */
function vaeRow(
  name: string,
  of: string,
  outputs: number,
  decoder: (network: tf.LayersModel) => Vae['decoder'],
): ParityRow {
  return {
    name,
    of: ['Vae', 'GaussianEncoder', of],
    run: () => {
      const encoder = new GaussianEncoder({ network: dense(30, 25, 1), latentDim: 4, seed: 3 });
      const vae = new Vae({ encoder, decoder: decoder(dense(4, outputs, 2)) });
      const x = unit([12, 30], 'x');
      const { params } = encoder.encode(x);
      const out = [
        params.mean,
        params.logVar,
        vae.embed(x),
        vae.reconstruct(x),
        vae.sample(9, { seed: 1 }),
        vae.decode(vae.embed(x)).logProb(x),
      ];
      vae.dispose();
      return out;
    },
  };
}

/** A conditional prior, a posterior with a head, and two likelihoods, of families throughout. */
const familyRow: ParityRow = {
  name: 'Vae of families with a conditional prior',
  of: [
    ...['PosteriorEncoder', 'LikelihoodDecoder', 'ConditionalPrior'],
    ...['normalFamily', 'bernoulliFamily', 'gaussianFamily'],
  ],
  run: () => {
    const encoder = new PosteriorEncoder({
      ...{ network: dense(30, 25, 1), latentDim: 4, seed: 3 },
      posterior: normalFamily({ logVarRange: [-0.1, 0.1] }),
    });
    const decoder = new LikelihoodDecoder({ network: dense(4, 30, 2), likelihood: bernoulliFamily() });
    const prior = new ConditionalPrior({ network: dense(6, 8, 4), family: normalFamily() });
    const vae = new Vae({ encoder, decoder, prior });
    const likelihood = gaussianFamily({ sigma: 'perElement', mean: 'sigmoid' });
    const gaussian = new LikelihoodDecoder({ network: dense(4, 60, 2), likelihood });
    const [x, z] = [unit([12, 30], 'x'), noise([5, 12, 4], 'z')];
    const condition = unit([12, 6], 'condition');
    const posterior = vae.encode(x);
    const out = [
      posterior.params.mean,
      posterior.params.logVar,
      posterior.kl(prior.distribution({ condition, training: false })),
      vae.sample(12, { seed: 1, condition }),
      gaussian.decode(z).logProb(x),
    ];
    for (const part of [vae, gaussian]) part.dispose();
    return out;
  },
};

export const modelRows: readonly ParityRow[] = [
  vaeRow('Vae with a Bernoulli', 'BernoulliDecoder', 30, network => new BernoulliDecoder({ network })),
  ...([0.3, 'shared', 'optimal'] as const).map(sigma =>
    vaeRow(
      `Vae with a Gaussian, sigma ${sigma}`,
      'GaussianDecoder',
      30,
      network => new GaussianDecoder({ network, sigma }),
    ),
  ),
  vaeRow(
    'Vae with a Gaussian, sigma perElement',
    'GaussianDecoder',
    60,
    network => new GaussianDecoder({ network, sigma: 'perElement', mean: 'sigmoid' }),
  ),
  familyRow,
];
