import type * as tf from '@tensorflow/tfjs';

export type Numbers = readonly (number | string)[];

/** A function of vectors with its golden values and gradients, close relative to each value alone unless said. */
export type NumberRow = {
  name: string;
  f: (...inputs: tf.Tensor[]) => tf.Tensor;
  inputs: readonly Numbers[];
  values: Numbers;
  gradients?: readonly (Numbers | undefined)[];
  closeness?: { tolerance?: number; floor?: number };
  /** The tolerance in Node, where functions of the backend are more exact than on GPUs. */
  nodeTolerance?: number;
};
