import * as tf from '@tensorflow/tfjs';
import { MixturePrior, mlpVae, NormalPrior, type Prior, Rng, VampPrior } from 'tfjs-vae';
import { noise, type ParityRow, unit, valueAndGradients } from '../row';

/** Log-densities with their gradients by z, and a draw, of a prior that makes itself. */
const priorRow = (name: string, make: () => Prior): ParityRow => ({
  name,
  of: [name],
  run: () => {
    const prior = make();
    const vae = mlpVae({ inputShape: [4], latentDim: 3, hidden: [5], seed: 2 });
    const p = prior.distribution({ encode: x => vae.encode(x), training: false });
    const results = valueAndGradients([noise([6, 3], 'z')], z => p.logProb(z!));
    const draw = p.sample({ rng: new Rng(4), samples: 5 });
    prior.dispose?.();
    vae.dispose();
    return [...results, draw];
  },
});

export const priorRows: readonly ParityRow[] = [
  priorRow('NormalPrior', () => new NormalPrior({ latentDim: 3 })),
  priorRow('MixturePrior', () => new MixturePrior({ components: 4, latentDim: 3, seed: 5 })),
  priorRow('VampPrior', () => tf.tidy(() => new VampPrior({ pseudoInputs: unit([4, 4], 'u') }) as never)),
];
