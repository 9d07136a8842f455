import type * as tf from '@tensorflow/tfjs';

/** What one step sees: the first axis of every field is the batch. */
export type Batch = {
  /** What the encoder sees, `[batch, …event]`. */
  x: tf.Tensor;
  /** What the decoder explains; `x` unless given (for denoising, the clean image). */
  target?: tf.Tensor;
  /** Labels (one-hot) or features that encoder and decoder are told, `[batch, …]`. */
  condition?: tf.Tensor;
  /**
   * 1 for an observed element of x and target, 0 for a missing one; of the shape of x, or 1 along an axis: `[batch, 1]`
   * is one number per example.
   */
  mask?: tf.Tensor;
  /** Importance of each example, `[batch]`, 0 or more: one of weight 3 counts as three copies of it. */
  weights?: tf.Tensor;
  /**
   * What the mean of counts is multiplied by, `[batch]` and positive: library size, time at risk, number of trials. Used
   * by families that know of it.
   */
  exposure?: tf.Tensor;
  /** Carried along for evaluation; no model looks at it. */
  labels?: tf.Tensor;
};

/** The names of the fields of a `Batch`. */
export const batchFields = ['x', 'target', 'condition', 'mask', 'weights', 'exposure', 'labels'] as const;

/** The tensors of a batch, for disposal. */
export function batchTensors(batch: Batch): tf.Tensor[] {
  return batchFields.flatMap(name => batch[name] ?? []);
}
