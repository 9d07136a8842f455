import type { RowOrder } from '../data/batches';
import type { Source } from '../data/source';
import { LARGEST_PERMUTATION } from '../random/largest-permutation';
import { Rng } from '../random/rng';
import type { FitOptions } from './options';

/** The order of the rows in an epoch; undefined where they keep their own. */
export type EpochOrder = (epoch: number) => Promise<RowOrder | undefined>;

/**
 * How the epochs of a `fit` go through its data: a pure function of the seed, the epoch and what the data say of
 * themselves, so that a resumed run and every process of a group see the same order.
 *
 * @param source Where blocks are mixed, it is told how (`mixing`).
 * @throws When the data cannot be shuffled in the way that was asked for.
 */
export async function epochOrder(
  source: Source,
  shuffle: FitOptions['shuffle'] = true,
  seed: number,
): Promise<EpochOrder> {
  const { kind } = source;
  if (!shuffle || (kind === 'stream' && shuffle === true)) return async () => undefined;
  const rng = new Rng(seed).fork('shuffle');
  if (kind === 'rows' && shuffle === true && source.size <= LARGEST_PERMUTATION) {
    return async epoch => rng.fork(epoch).permutation(source.size);
  }
  return (await import('./other-order')).otherOrder(source, shuffle, rng);
}
