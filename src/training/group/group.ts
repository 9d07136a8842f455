/**
 * The processes that train one model together: each runs the same program and takes its share of every batch.
 *
 * `torchGroup` of `tfjs-vae/node` is one over torch.distributed. Anything that can add up arrays can be another: the
 * methods are called by all processes in the same order, with arrays of the same length, and one call is awaited before
 * the next.
 *
 * @example
 * ```ts
 * import type { Group } from 'tfjs-vae';
 *
 * const alone: Group = { rank: 0, size: 1, sum: values => values, broadcast: values => values };
 * const trainer = new VaeTrainer({ model: vae, group: alone });
 * ```
 */
export interface Group {
  /** Which process this is, from 0 to `size − 1`. Process 0 writes checkpoints and draws progress bars. */
  readonly rank: number;
  /** How many processes there are. */
  readonly size: number;
  /**
   * The sum over all processes, element by element, the same bits in each of them. It may be made in place.
   *
   * @throws When another process has gone.
   */
  sum(values: Float32Array): Float32Array | Promise<Float32Array>;
  /**
   * What process 0 gave, bit for bit. It may be written over `values`.
   *
   * @throws When another process has gone.
   */
  broadcast(values: Float32Array): Float32Array | Promise<Float32Array>;
}

/** @throws When a group lacks something, or its numbers do not go together. */
export function checkGroup({ rank, size, sum, broadcast }: Group): void {
  if (typeof sum !== 'function' || typeof broadcast !== 'function') {
    throw new Error('VaeTrainer: group must be a Group with rank, size, sum and broadcast, such as torchGroup()');
  }
  if (!(Number.isInteger(size) && size > 0 && Number.isInteger(rank) && rank >= 0 && rank < size)) {
    throw new Error(`VaeTrainer: the rank of a group must be from 0 to size − 1, got rank ${rank} of ${size}`);
  }
}
