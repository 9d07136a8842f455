/**
 * What an objective may need, and a model or its data offer.
 *
 * - `'perExample'`: the likelihood of an example does not depend on the rest of its batch.
 * - `'closedKl'`: the KL of posterior and prior has a closed form.
 * - `'klElements'`: that closed form is known for each latent dimension.
 * - `'ownDensity'`: log q(z | x) of the drawn samples is known, so that they have importance weights.
 * - `'density'`: log q(z | x) of any z is known, as it is asked for where gradients stick to the landing.
 * - `'factorisedPrior'`: the dimensions of the prior are independent.
 * - `'datasetSize'`: the size of the training set is known, as `context.datasetSize`; the data offer it, not the model.
 */
export type Need =
  | 'perExample'
  | 'closedKl'
  | 'klElements'
  | 'ownDensity'
  | 'density'
  | 'factorisedPrior'
  | 'datasetSize';

/** The needs that are known, for JavaScript, where nothing else sees a typo. */
export const NEEDS: readonly Need[] = [
  'perExample',
  'closedKl',
  'klElements',
  'ownDensity',
  'density',
  'factorisedPrior',
  'datasetSize',
];

/** Whether the likelihood of an example depends on others, so that the model knows something of the whole training set. */
export function couplesExamples({ offers }: { readonly offers?: readonly Need[] }): boolean {
  return offers?.includes('perExample') === false;
}
