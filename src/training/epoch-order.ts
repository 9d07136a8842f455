import type { RowOrder } from '../data/batches';
import type { Source } from '../data/source';
import { LARGEST_PERMUTATION } from '../random/largest-permutation';
import { Rng } from '../random/rng';
import type { FitOptions } from './options';

/** How the epochs of a `fit` go through its data. */
export type EpochOrder = {
  /** The order of the rows in an epoch; undefined where they keep their own. */
  of(epoch: number): Promise<RowOrder | undefined>;
  /** How blocks are mixed, where they are: a run that goes on within an epoch has to mix them in the same way. */
  readonly mixing?: string;
};

/**
 * The order of the rows is a pure function of the seed, the epoch and what the data say of themselves, so that a
 * resumed run and every process of a group see the same.
 *
 * @throws When the data cannot be shuffled in the way that was asked for.
 */
export async function epochOrder(
  source: Source,
  shuffle: FitOptions['shuffle'] = true,
  seed: number,
): Promise<EpochOrder> {
  const hasBlocks = source.kind === 'reader' && source.reader.blocks !== undefined;
  const rng = new Rng(seed).fork('shuffle');
  if (typeof shuffle === 'object' || (shuffle && hasBlocks)) {
    return (await import('./mix-blocks')).mixBlocks(source, shuffle, rng);
  }
  if (!shuffle || source.kind === 'stream') return { of: async () => undefined };
  return { of: epoch => uniformOrder(rng.fork(epoch), source.size) };
}

async function uniformOrder(rng: Rng, size: number): Promise<RowOrder> {
  if (size <= LARGEST_PERMUTATION) return rng.permutation(size);
  return (await import('../random/keyed-order')).keyedOrder(rng, size);
}
