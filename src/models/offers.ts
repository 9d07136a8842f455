import type { Decoder } from './decoder';
import type { Encoder } from './encoder';
import type { Need } from './need';
import type { Prior } from './prior';

/** Kinds of Gaussians: what is assumed of encoders and priors that do not tell. */
const GAUSSIAN = ['normal', 'standardNormal'];

/** What a model of these parts offers to objectives. Posterior and prior are asked together for a closed KL. */
export function offersOf(encoder: Encoder, decoder: Decoder, prior: Prior): Need[] {
  const { kind = '', factorised = GAUSSIAN.includes(kind) } = prior;
  // An encoder that does not tell is taken for Gaussian; the first step then finds out.
  const closedKl = encoder.closedKl ?? GAUSSIAN;
  const { klElements = true, hasDensity = true, relaxed = false } = encoder;
  const isClosed = closedKl.includes(kind);
  const offered: Record<Exclude<Need, 'datasetSize'>, boolean> = {
    perExample: decoder.perExample && encoder.perExample !== false,
    closedKl: isClosed,
    klElements: isClosed && klElements,
    ownDensity: !relaxed,
    density: hasDensity && !relaxed,
    factorisedPrior: factorised,
  };
  return (Object.keys(offered) as (keyof typeof offered)[]).filter(need => offered[need]);
}
