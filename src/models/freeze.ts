import type * as tf from '@tensorflow/tfjs';
import { checkFilter, describeFilter, isSelected, type VariableFilter } from '../variables/variable-filter';
import type { VaeModel } from './model';

/**
 * Stops training a part of a model, at any time, until it is thawed.
 *
 * Its variables keep their values and the optimizer keeps its slots for them. Layers run as before: a batch
 * normalisation within the part still follows the batches. Neither a model file nor a checkpoint says what is frozen:
 * freeze again after loading.
 *
 * @param model A `Vae`, or any model whose `trainableVariables()` leaves out variables with `trainable` false.
 * @param part Such as `'encoder/'`, `/bias$/` or a function of the path.
 * @returns Thaws what this call froze; what was frozen before stays so. May be called twice.
 * @throws When nothing that is trained lies in the part, or the model trains its variables whatever their flag says.
 * @example
 * ```ts
 * const thaw = freeze(vae, 'encoder/');
 * await trainer.fit(xTrain, { epochs: 5 }); // the decoder alone
 * thaw();
 * ```
 */
export function freeze(model: VaeModel, part: VariableFilter): () => void {
  checkFilter('freeze', part);
  const trained = new Set(model.trainableVariables());
  const variables = Object.entries(model.variables());
  const frozen = variables.filter(([path, v]) => trained.has(v) && isSelected(path, part)).map(([, v]) => v);
  if (frozen.length === 0) {
    const paths = variables.filter(([, v]) => trained.has(v)).map(([path]) => path);
    throw new Error(`freeze: nothing that is trained lies in ${describeFilter(part)}; trained: ${paths.join(', ')}`);
  }
  const thaw = () => setTrainable(frozen, true);
  setTrainable(frozen, false);
  const still = new Set(model.trainableVariables());
  if (frozen.some(v => still.has(v))) {
    thaw();
    throw new Error('freeze: trainableVariables() of the model must leave out variables whose trainable is false');
  }
  return thaw;
}

function setTrainable(variables: readonly tf.Variable[], trainable: boolean): void {
  for (const variable of variables) variable.trainable = trainable;
}
