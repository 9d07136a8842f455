import { gammaDraws } from './gamma';
import { noiseDraws } from './noise';
import type { DrawRow } from './row';

/** Everything that draws: a new one is a file and a line here. */
export const drawRows: readonly DrawRow[] = [...gammaDraws, ...noiseDraws];
