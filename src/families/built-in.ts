import type { PartClass } from '../variables/saveable-part';
import { bernoulliFamily } from './bernoulli-family';
import { categoricalFamily } from './categorical-family';
import { gaussianFamily } from './gaussian-family';
import { laplaceFamily } from './laplace-family';
import { logisticFamily } from './logistic-family';
import { normalFamily } from './normal-family';
import { oneHotCategoricalFamily } from './one-hot-categorical-family';

/** Every family of this package: `loadVae` knows them without an entry in its `parts`. */
export const builtInFamilies: readonly PartClass[] = [
  bernoulliFamily,
  categoricalFamily,
  gaussianFamily,
  laplaceFamily,
  logisticFamily,
  normalFamily,
  oneHotCategoricalFamily,
];
