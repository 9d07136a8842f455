import type { RowOrder } from '../data/batches';
import type { Source } from '../data/source';
import { Rng } from '../random/rng';
import type { FitOptions } from './options';

/** The order of the rows in an epoch; undefined where they keep their own. */
export type EpochOrder = (epoch: number) => Promise<RowOrder | undefined>;

/**
 * How the epochs of a `fit` go through its data: a pure function of the seed, the epoch and what the data say of
 * themselves, so that a resumed run and every process of a group see the same order.
 *
 * @throws When the data cannot be shuffled in the way that was asked for.
 */
export function epochOrder(source: Source, shuffle: FitOptions['shuffle'] = true, seed: number): EpochOrder {
  if (typeof shuffle === 'object') {
    throw new Error('fit: shuffle { window } mixes rows within a window of blocks, and these data have no blocks');
  }
  if (!shuffle || source.kind === 'stream') return async () => undefined;
  const rng = new Rng(seed).fork('shuffle');
  return epoch => uniformOrder(rng.fork(epoch), source.size);
}

/** Above this, an array of the order and the numbers to draw it would take more than half a gigabyte. */
const LARGEST_ARRAY = 2 ** 26;

async function uniformOrder(rng: Rng, size: number): Promise<RowOrder> {
  return size > LARGEST_ARRAY ? (await import('../random/keyed-order')).keyedOrder(rng, size) : rng.permutation(size);
}
