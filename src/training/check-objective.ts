import type { Source } from '../data/source';
import type { VaeModel } from '../models/model';
import type { Objective } from '../objectives/objective';

/** @throws When the model says that it lacks what the objective needs. */
export function checkNeeds(objective: Objective, model: VaeModel): void {
  for (const need of objective.needs ?? []) {
    if (need === 'datasetSize' || !model.offers || model.offers.includes(need)) continue;
    const why = need === 'perExample' ? " (sigma: 'optimal'?)" : '';
    throw new Error(`VaeTrainer: the objective needs '${need}', which the model lacks${why}`);
  }
}

/** @throws When the objective needs the size of the data set and a stream does not tell it. */
export function checkSize(objective: Objective, source: Source): void {
  if (source.kind === 'stream' && objective.needs?.includes('datasetSize')) {
    throw new Error('fit: the objective needs the size of the data set, which a stream does not tell; give arrays');
  }
}

/** Whether the likelihood of an example depends on others, so that the model knows something of the whole training set. */
export function couplesExamples({ offers }: VaeModel): boolean {
  return offers?.includes('perExample') === false;
}
