import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyBlock } from '../../../src/backends/wasm/copy-block';

test('copies what tf.slice copies', async () => {
  await tf.setBackend('cpu');
  // Axes with a block in them; the last may be long, since long and short runs are copied differently.
  const axis = (max: number) =>
    fc
      .tuple(fc.nat(max), fc.nat(max), fc.nat(max))
      .map(([before, length, after]) => ({ begin: before, size: length + 1, shape: before + length + 1 + after }));
  const axes = fc.tuple(fc.array(axis(2), { maxLength: 3 }), axis(50)).map(([some, last]) => [...some, last]);
  fc.assert(
    fc.property(axes, axes => {
      const [begin, size, shape] = [axes.map(a => a.begin), axes.map(a => a.size), axes.map(a => a.shape)];
      const from = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => i);
      const to = new Float32Array(tf.util.sizeFromShape(size));
      copyBlock(from, shape, begin, to, size);
      const expected = tf.tidy(() => tf.slice(tf.tensor(from, shape), begin, size).dataSync());
      expect(to).toEqual(expected);
    }),
    { numRuns: 200, seed: 1 },
  );
});
