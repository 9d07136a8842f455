import * as tf from '@tensorflow/tfjs';
import { withGradient } from './with-gradient';

/**
 * A value without a gradient: the inputs get zeros. Inside, operations that have no gradient may be used, such as
 * comparisons, which throw on the tape.
 *
 * @param inputs The tensors that `compute` looks at.
 */
export function withoutGradient(inputs: tf.Tensor[], compute: () => tf.Tensor): tf.Tensor {
  const shapes = inputs.map(({ shape }) => shape);
  return withGradient(
    inputs,
    () => tf.tidy(compute),
    () => shapes.map(shape => tf.zeros(shape)),
  );
}
