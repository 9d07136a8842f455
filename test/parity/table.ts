import type { ParityRow } from './row';
import { callbackRows } from './rows/callbacks';
import { dataRows } from './rows/data';
import { distributionRows } from './rows/distributions';
import { linkRows } from './rows/families';
import { flowParityRows } from './rows/flows';
import { latentRows } from './rows/latent';
import { layerRows } from './rows/layers';
import { lossRows } from './rows/losses';
import { modelRows } from './rows/models';
import { objectiveRows } from './rows/objectives';
import { opRows } from './rows/ops';
import { optimizerRows } from './rows/optimizers';
import { priorRows } from './rows/priors';

/** Every public numeric function, a file a room. A new one joins there, or the suite says that it is missing. */
export const numericRows: readonly ParityRow[] = [
  ...opRows,
  ...dataRows,
  ...distributionRows,
  ...linkRows,
  ...flowParityRows,
  ...lossRows,
  ...layerRows,
  ...modelRows,
  ...priorRows,
  ...objectiveRows,
  ...latentRows,
  ...optimizerRows,
  ...callbackRows,
];
