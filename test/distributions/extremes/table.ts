import { bernoulliExtremes } from './bernoulli';
import { betaExtremes } from './beta';
import { concreteExtremes } from './concrete';
import { continuousBernoulliExtremes } from './continuous-bernoulli';
import { discretizedLogisticExtremes } from './discretized-logistic';
import { laplaceExtremes } from './laplace';
import { logNormalExtremes } from './log-normal';
import { logisticExtremes } from './logistic';
import { multinomialExtremes } from './multinomial';
import { negativeBinomialExtremes } from './negative-binomial';
import { normalMixtureExtremes } from './normal-mixture';
import { poissonExtremes } from './poisson';
import { powerSphericalExtremes } from './power-spherical';
import type { ExtremeRow } from './row';
import { studentTExtremes } from './student-t';

/** Every distribution over a grid with extremes: a new one is a file and a line here. */
export const extremeRows: readonly ExtremeRow[] = [
  ...bernoulliExtremes,
  ...concreteExtremes,
  ...laplaceExtremes,
  ...logisticExtremes,
  ...negativeBinomialExtremes,
  ...poissonExtremes,
  ...discretizedLogisticExtremes,
  ...studentTExtremes,
  ...betaExtremes,
  ...continuousBernoulliExtremes,
  ...logNormalExtremes,
  ...multinomialExtremes,
  ...powerSphericalExtremes,
  ...normalMixtureExtremes,
];
