import { Bernoulli, Normal } from 'tfjs-vae';
import elbo from '../../golden/elbo.json';
import { tensor } from '../row';

/** The distributions of test/golden/elbo.json, and what `elboLoss` takes of them. */
const posterior = () => new Normal({ mean: tensor(elbo.mean), logVar: tensor(elbo.logVar) });
export const prior = () => new Normal({ mean: tensor(elbo.priorMean), logVar: tensor(elbo.priorLogVar) });
export const likelihood = () => new Bernoulli({ logits: tensor(elbo.logits) });
export const parts = () => ({ x: tensor(elbo.x), likelihood: likelihood(), posterior: posterior() });
