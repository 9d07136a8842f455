import type { RowOrder } from '../data/batches';
import type { RowReader } from '../data/row-reader';
import type { Source } from '../data/source';
import { crc32 } from '../io/crc32';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { blockOrder } from '../random/block-order';
import { largeOrder } from '../random/keyed-order';
import type { Rng } from '../random/rng';

/** How many blocks are mixed, unless the reader or the caller says otherwise. */
const DEFAULT_WINDOW = 4;

type Window = { window: number };

/**
 * The order of an epoch where it is not a permutation of rows in memory: the blocks of a reader are taken in a seeded
 * order, and rows are mixed within a window of several.
 *
 * @throws When blocks are to be mixed and the data have none, or their reader holds fewer at a time.
 */
export function otherOrder(source: Source, shuffle: true | Window, rng: Rng): (epoch: number) => Promise<RowOrder> {
  const reader = source.kind === 'reader' ? source.reader : undefined;
  if (shuffle !== true) checkWindow(shuffle, source.kind, reader);
  const { size } = source as Exclude<Source, { kind: 'stream' }>; // A stream has no blocks.
  const blocks = reader?.blocks;
  if (!blocks) return async epoch => largeOrder(rng.fork(epoch), size);
  const { window } = shuffle === true ? { window: reader.window ?? DEFAULT_WINDOW } : shuffle;
  source.mixing = `${blocks.length} (${checksum(blocks)}), mixed ${window} at a time`;
  return async epoch => blockOrder(rng.fork(epoch), { size, blocks, window });
}

function checkWindow(shuffle: Window, kind: Source['kind'], reader: RowReader | undefined): void {
  checkKeys('fit: shuffle', shuffle, ['window'], {}, ['window']);
  const { window } = shuffle;
  checkCount('fit', 'shuffle.window', window);
  if (!reader?.blocks) {
    const mend = kind === 'stream' ? 'a stream keeps its own order; leave shuffle out' : 'give shuffle: true';
    throw new Error(`fit: shuffle { window } mixes the blocks of a reader, and these data have no blocks: ${mend}`);
  }
  const held = reader.window ?? window;
  // More than it holds would be read again and again.
  if (window > held && held < reader.blocks.length) {
    throw new Error(
      `fit: shuffle.window is ${window} blocks, but the reader holds ${held} at a time; open it with a window of ${window}`,
    );
  }
}

function checksum(blocks: readonly number[]): string {
  return crc32(new Uint8Array(Uint32Array.from(blocks).buffer))
    .toString(16)
    .padStart(8, '0');
}
