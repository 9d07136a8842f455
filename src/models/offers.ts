import type { Decoder } from './decoder';
import type { Encoder } from './encoder';
import type { Need } from './need';
import type { Prior } from './prior';

/** Kinds of priors whose dimensions are independent. */
const FACTORISED = ['normal', 'standardNormal'];

/** What a model of these parts offers to objectives. Posterior and prior are asked together for a closed KL. */
export function offersOf(encoder: Encoder, decoder: Decoder, { kind = '' }: Prior): Need[] {
  const isFactorised = FACTORISED.includes(kind);
  // An encoder that does not tell is taken for Gaussian; the first step then finds out.
  const isClosed = encoder.closedKl?.includes(kind) ?? isFactorised;
  return [
    ...(decoder.perExample ? (['perExample'] as const) : []),
    ...(isClosed ? (['closedKl'] as const) : []),
    ...(isFactorised ? (['factorisedPrior'] as const) : []),
  ];
}
