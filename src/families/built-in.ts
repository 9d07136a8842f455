import type { PartClass } from '../variables/saveable-part';
import { bernoulliFamily } from './bernoulli-family';
import { gaussianFamily } from './gaussian-family';
import { normalFamily } from './normal-family';

/** Every family of this package: `loadVae` knows them without an entry in its `parts`. */
export const builtInFamilies: readonly PartClass[] = [bernoulliFamily, gaussianFamily, normalFamily];
