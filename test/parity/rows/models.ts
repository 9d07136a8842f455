import * as tf from '@tensorflow/tfjs';
import { BernoulliDecoder, GaussianDecoder, GaussianEncoder, Vae } from 'tfjs-vae';
import { type ParityRow, unit } from '../row';

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
];
