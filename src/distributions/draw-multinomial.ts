import * as tf from '@tensorflow/tfjs';
import { withoutGradient } from '../ops/without-gradient';
import type { SampleOptions } from './distribution';
import { drawBinomial } from './draw-binomial';

/**
 * Draws of a multinomial without a gradient: the total is split into halves of the categories by a binomial, and these
 * again, so that K categories take log₂ K steps, each of one draw for all halves.
 *
 * @param logits `[batch, …, categories]`, −∞ for an impossible one.
 * @param total Of the shape of the logits without the last axis, or one that broadcasts to it.
 * @returns `[...logits.shape]` or `[samples, ...logits.shape]`.
 */
export function drawMultinomial(logits: tf.Tensor, total: tf.Tensor, { rng, ...options }: SampleOptions): tf.Tensor {
  return withoutGradient([logits, total], () => {
    const lead = logits.shape.slice(0, -1);
    const categories = logits.shape.at(-1)!;
    const levels = Math.ceil(Math.log2(categories));
    const paddings = logits.shape.map((_, axis): [number, number] =>
      axis < lead.length ? [0, 0] : [0, 2 ** levels - categories],
    );
    const sums = [tf.pad(tf.softmax(logits), paddings)];
    for (let level = 0; level < levels; level++) {
      const below = sums.at(-1)!;
      sums.push(tf.sum(tf.reshape(below, [...lead, below.shape.at(-1)! / 2, 2]), -1));
    }
    const full = options.samples ? [options.samples, ...lead] : lead;
    let counts: tf.Tensor = tf.broadcastTo(tf.expandDims(total, -1), [...full, 1]);
    for (let level = levels; level > 0; level--) {
      counts = tf.tidy(() => {
        const size = 2 ** (levels - level);
        const [first] = tf.unstack(tf.reshape(sums[level - 1]!, [...lead, size, 2]), -1) as [tf.Tensor];
        const share = tf.broadcastTo(tf.minimum(tf.divNoNan(first, sums[level]!), 1), [...full, size]);
        const left = drawBinomial(counts, share, () => rng.uniform([...lead, size], options));
        return tf.reshape(tf.stack([left, tf.sub(counts, left)], -1), [...full, 2 * size]);
      });
    }
    return tf.slice(
      counts,
      counts.shape.map(() => 0),
      [...full, categories],
    );
  });
}
