import type { Row } from './row';
import { bernoulliRows } from './rows/bernoulli';
import { betaRows } from './rows/beta';
import { categoricalRows } from './rows/categorical';
import { columnsRows } from './rows/columns';
import { binaryConcreteRows, concreteRows } from './rows/concrete';
import { continuousBernoulliRows } from './rows/continuous-bernoulli';
import { discretizedLogisticRows } from './rows/discretized-logistic';
import { discretizedLogisticMixtureRows } from './rows/discretized-logistic-mixture';
import { flowDistributionRows } from './rows/flow-distribution';
import { laplaceRows } from './rows/laplace';
import { logNormalRows } from './rows/log-normal';
import { logisticRows } from './rows/logistic';
import { equalMixtureRows, normalMixtureRows } from './rows/mixtures';
import { multinomialRows } from './rows/multinomial';
import { multivariateNormalRows } from './rows/multivariate-normal';
import { negativeBinomialRows } from './rows/negative-binomial';
import { normalRows } from './rows/normal';
import { oneHotCategoricalRows } from './rows/one-hot-categorical';
import { ownLaplaceRows } from './rows/own-laplace';
import { ownMultivariateNormalRows } from './rows/own-multivariate-normal';
import { poissonRows } from './rows/poisson';
import { powerSphericalRows, sphereUniformRows } from './rows/power-spherical';
import { standardNormalRows } from './rows/standard-normal';
import { studentTRows } from './rows/student-t';

/** Every distribution: a new one is a file of `rows` and a line here. */
export const rows: readonly Row[] = [
  ...normalRows,
  ...standardNormalRows,
  ...bernoulliRows,
  ...laplaceRows,
  ...logisticRows,
  ...categoricalRows,
  ...oneHotCategoricalRows,
  ...discretizedLogisticRows,
  ...discretizedLogisticMixtureRows,
  ...columnsRows,
  ...ownLaplaceRows,
  ...concreteRows,
  ...binaryConcreteRows,
  ...multivariateNormalRows,
  ...flowDistributionRows,
  ...negativeBinomialRows,
  ...poissonRows,
  ...ownMultivariateNormalRows,
  ...normalMixtureRows,
  ...equalMixtureRows,
  ...studentTRows,
  ...betaRows,
  ...continuousBernoulliRows,
  ...logNormalRows,
  ...multinomialRows,
  ...powerSphericalRows,
  ...sphereUniformRows,
];
