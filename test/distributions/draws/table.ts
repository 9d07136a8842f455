import { categoryDraws } from './categories';
import { concreteDraws } from './concrete';
import { correlatedDraws } from './correlated';
import { gammaDraws } from './gamma';
import { levelDraws } from './levels';
import { likelihoodDraws } from './likelihoods';
import { mixtureDraws } from './mixtures';
import { multinomialDraws } from './multinomial';
import { negativeBinomialDraws } from './negative-binomial';
import { noiseDraws } from './noise';
import { poissonDraws } from './poisson';
import { powerSphericalDraws } from './power-spherical';
import { realDraws } from './reals';
import type { DrawRow } from './row';

/** Everything that draws: a new one is a file and a line here. */
export const drawRows: readonly DrawRow[] = [
  ...concreteDraws,
  ...correlatedDraws,
  ...gammaDraws,
  ...noiseDraws,
  ...realDraws,
  ...categoryDraws,
  ...poissonDraws,
  ...negativeBinomialDraws,
  ...levelDraws,
  ...mixtureDraws,
  ...likelihoodDraws,
  ...multinomialDraws,
  ...powerSphericalDraws,
];
