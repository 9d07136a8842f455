import type * as tf from '@tensorflow/tfjs';
import { sizeOfShape } from '../../ops/shape';
import { scratchKernel } from './scratch';

/**
 * Sums rows by segment, `y[s] = Σ_{i: ids[i] = s} x[i]`: the gradient of `tf.gather` and of embeddings.
 *
 * Rows with a negative id, or one past the end, belong to no segment, as in tfjs's cpu kernel.
 */
export const segmentSum = /* @__PURE__ */ scratchKernel<tf.UnsortedSegmentSumAttrs, 'x' | 'segmentIds'>(
  {
    kernel: 'UnsortedSegmentSum',
    mode: 'add',
    reason: 'tfjs has none for wasm, so gather and embeddings cannot be trained',
  },
  (s, { x, segmentIds }, { numSegments }) => {
    const ids = s.view(segmentIds).slice();
    const rest = x.shape.slice(segmentIds.shape.length);
    const width = sizeOfShape(rest);
    const result = s.output([numSegments, ...rest], 'float32');
    const [from, to] = [s.view(x), s.view(result)];
    to.fill(0);
    for (let i = 0; i < ids.length; i++) {
      const segment = ids[i]!;
      if (segment < 0 || segment >= numSegments) continue;
      for (let j = 0, read = i * width, write = segment * width; j < width; j++) to[write + j]! += from[read + j]!;
    }
    return result;
  },
);
