import type { Source } from '../data/source';
import type { VaeModel } from '../models/model';
import { NEEDS, type Need } from '../models/need';
import { nearest } from '../ops/check-keys';
import type { Objective } from './objective';

/** @throws When the model says that it lacks what the objective needs, or one of them names what is not known. */
export function checkNeeds({ needs = [] }: Objective, { offers }: VaeModel): void {
  checkNames('the objective needs', needs);
  if (!offers) return;
  checkNames('the model offers', offers);
  const missing = needs.find(need => need !== 'datasetSize' && !offers.includes(need));
  if (!missing) return;
  throw new Error(`VaeTrainer: the objective needs '${missing}', which the model lacks${REASONS[missing] ?? ''}`);
}

/** What may be at fault in the model. */
const REASONS: Partial<Record<Need, string>> = {
  perExample: " (sigma: 'optimal'?)",
  closedKl: ': closedKl of the posterior does not have the kind of the prior',
  klElements: ": the dimensions of the posterior depend on each other; take free bits per 'total'",
  ownDensity: ": relaxed samples of discrete variables have no weights; take elboObjective, or kl: 'concrete'",
  density: ': the posterior knows the density of its own samples alone; take an objective that asks for no other',
  factorisedPrior: ': the prior is not known to have independent dimensions',
};

/** In JavaScript a typo would be a need that nothing offers, or an offer that nothing asks for. */
function checkNames(who: string, names: readonly string[]): void {
  const known: readonly string[] = NEEDS;
  const unknown = names.find(name => !known.includes(name));
  if (unknown === undefined) return;
  const hint = nearest(unknown, known);
  throw new Error(
    `VaeTrainer: ${who} '${unknown}', which is not known; ${hint ? `write '${hint}'` : `there are ${known.join(', ')}`}`,
  );
}

/** @throws When the objective needs the size of the data set and a stream does not tell it. */
export function checkSizeNeeded(objective: Objective, source: Source): void {
  if (source.kind === 'stream' && objective.needs?.includes('datasetSize')) {
    throw new Error('fit: the objective needs the size of the data set, which a stream does not tell; give arrays');
  }
}
