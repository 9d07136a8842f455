import { couplingFlow } from '../flows/coupling-flow';
import { iafFlow } from '../flows/iaf-flow';
import { mafFlow } from '../flows/maf-flow';
import { planarFlow } from '../flows/planar-flow';
import type { PartClass } from '../variables/saveable-part';
import { bernoulliFamily } from './bernoulli-family';
import { betaFamily } from './beta-family';
import { binaryConcreteFamily } from './binary-concrete-family';
import { categoricalFamily } from './categorical-family';
import { columnsFamily } from './columns-family';
import { concreteFamily } from './concrete-family';
import { continuousBernoulliFamily } from './continuous-bernoulli-family';
import { discretizedLogisticFamily } from './discretized-logistic-family';
import { discretizedLogisticMixtureFamily } from './discretized-logistic-mixture-family';
import { flowFamily } from './flow-family';
import { gaussianFamily } from './gaussian-family';
import { laplaceFamily } from './laplace-family';
import { logNormalFamily } from './log-normal-family';
import { logisticFamily } from './logistic-family';
import { lowRankNormalFamily } from './low-rank-normal-family';
import { multinomialFamily } from './multinomial-family';
import { multivariateNormalFamily } from './multivariate-normal-family';
import { negativeBinomialFamily } from './negative-binomial-family';
import { normalFamily } from './normal-family';
import { oneHotCategoricalFamily } from './one-hot-categorical-family';
import { poissonFamily } from './poisson-family';
import { powerSphericalFamily } from './power-spherical-family';
import { studentTFamily } from './student-t-family';
import { zeroInflatedNegativeBinomialFamily } from './zero-inflated-negative-binomial-family';

/** Every family and every flow of this package: `loadVae` knows them without an entry in its `parts`. */
export const builtInFamilies: readonly PartClass[] = [
  bernoulliFamily,
  betaFamily,
  binaryConcreteFamily,
  categoricalFamily,
  concreteFamily,
  continuousBernoulliFamily,
  columnsFamily,
  discretizedLogisticFamily,
  discretizedLogisticMixtureFamily,
  flowFamily,
  gaussianFamily,
  laplaceFamily,
  logisticFamily,
  logNormalFamily,
  lowRankNormalFamily,
  multivariateNormalFamily,
  negativeBinomialFamily,
  normalFamily,
  oneHotCategoricalFamily,
  poissonFamily,
  studentTFamily,
  zeroInflatedNegativeBinomialFamily,
  couplingFlow,
  iafFlow,
  mafFlow,
  planarFlow,
  multinomialFamily,
  powerSphericalFamily,
];
