import type { Row } from './row';
import { bernoulliRows } from './rows/bernoulli';
import { laplaceRows } from './rows/laplace';
import { multivariateNormalRows } from './rows/multivariate-normal';
import { normalRows } from './rows/normal';
import { standardNormalRows } from './rows/standard-normal';

/** Every distribution: a new one is a file of `rows` and a line here. */
export const rows: readonly Row[] = [
  ...normalRows,
  ...standardNormalRows,
  ...bernoulliRows,
  ...laplaceRows,
  ...multivariateNormalRows,
];
