import type { RowOrder } from '../data/batches';
import type { RowReader } from '../data/row-reader';
import type { Source } from '../data/source';
import { crc32 } from '../io/crc32';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { blockOrder } from '../random/block-order';
import type { Rng } from '../random/rng';

/** How many blocks are mixed, unless the reader or the caller says otherwise. */
const DEFAULT_WINDOW = 4;

/** An `EpochOrder` of blocks. */
type Mixed = { of(epoch: number): Promise<RowOrder>; mixing: string };

/**
 * Epochs that go through the blocks of a reader in a seeded order, and mix rows within a window of several blocks.
 *
 * @throws When the data have no blocks, or their reader holds fewer at a time than the window.
 */
export function mixBlocks(source: Source, shuffle: true | { window: number }, rng: Rng): Mixed {
  const reader = source.kind === 'reader' ? source.reader : undefined;
  const window = windowOf(source.kind, reader, shuffle);
  const { size, blocks } = reader as RowReader & { blocks: readonly number[] };
  return {
    of: async epoch => blockOrder(rng.fork(epoch), { size, blocks, window }),
    mixing: `${blocks.length} (${checksum(blocks)}), mixed ${window} at a time`,
  };
}

function windowOf(kind: Source['kind'], reader: RowReader | undefined, shuffle: true | { window: number }): number {
  if (shuffle === true) return reader?.window ?? DEFAULT_WINDOW;
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
  return window;
}

function checksum(blocks: readonly number[]): string {
  return crc32(new Uint8Array(Uint32Array.from(blocks).buffer))
    .toString(16)
    .padStart(8, '0');
}
