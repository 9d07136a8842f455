import type { Batch } from './batch';

/** The number of a batch in its epoch, and the place of its examples in the data set. */
export type Place = { index: number; rows: Uint32Array };

/** A batch with its place. */
export type NumberedBatch = Place & { batch: Batch };
