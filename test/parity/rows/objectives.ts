import { meanOverBatch, passElbo, passKl, passLogWeights, passReconstruction } from 'tfjs-vae';
import elbo from '../../golden/elbo.json';
import { type ParityRow, tensor } from '../row';
import { parts, prior } from './elbo-parts';

const { perExample, learnedPrior, weighted } = elbo;

/** A pass of one latent variable. */
function passOf() {
  const { likelihood, posterior, x } = parts();
  const z = tensor(elbo.z);
  return { batch: { x }, pass: { latents: [{ name: 'z', z, posterior, prior: prior() }], likelihood } };
}

/** What objectives are written with; whole objectives are in the rows of steps. */
export const objectiveRows: readonly ParityRow[] = [
  {
    name: 'parts of the bound of a pass',
    of: ['passReconstruction', 'passKl', 'passElbo', 'passLogWeights'],
    run: () => {
      const { batch, pass } = passOf();
      const bound = passElbo(pass, batch);
      const terms = [bound.reconstruction, bound.kl!, bound.elbo!];
      return [passReconstruction(pass, batch), passKl(pass), ...terms, passLogWeights(pass, batch)];
    },
    golden: [
      perExample.reconstruction,
      perExample.klToPrior,
      [learnedPrior.reconstruction],
      [learnedPrior.kl],
      [learnedPrior.elbo],
      perExample.reconstruction.map((nll, i) => -nll - perExample.sampledKlToPrior[i]!),
    ],
  },
  {
    name: 'meanOverBatch with weights',
    of: ['meanOverBatch'],
    run: () => [meanOverBatch(tensor(perExample.reconstruction), { x: tensor(elbo.x), weights: tensor(elbo.weights) })],
    golden: [[weighted.reconstruction]],
  },
];
