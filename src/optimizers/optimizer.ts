import type * as tf from '@tensorflow/tfjs';
import type { Variables } from '../variables/variables';

/** The gradient of one variable, known by its structural path. */
export type Gradient = {
  /** Such as `encoder/0/kernel`. */
  path: string;
  /** The variable that moves. */
  variable: tf.Variable;
  /** The gradient of the loss by the variable, in the shape of the variable. */
  gradient: tf.Tensor;
};

/** When and how much an optimizer moves. */
export type UpdateContext = {
  /** Completed optimizer steps. */
  step: number;
  /** 1 where loss and gradients are finite, else 0: then nothing may change. */
  finite: tf.Scalar;
  /** Examples in the batch that the gradients are a mean over, where known. */
  examples?: number;
};

/**
 * What moves the weights. Slots go by path, so frozen and late variables are never mixed up.
 */
export interface Optimizer {
  /** One update, in place. Gradients stay the caller's. */
  apply(gradients: readonly Gradient[], context: UpdateContext): void;
  /** State that a checkpoint must hold. */
  variables(): Variables;
  /** Goes on from what `variables()` of an earlier run held; the tensors stay the caller's. */
  load?(state: tf.NamedTensorMap): void;
  /** What its state belongs to: a checkpoint of another kind is refused. */
  readonly kind?: string;
  /** Its settings as plain data and schedules, kept in checkpoints: a resumed run tells which of them changed. */
  readonly config?: object;
  /**
   * What its learning rate is multiplied by, 1 at first. It is not part of the state: whoever sets it sets it again.
   */
  rateFactor?: number;
  /** Disposes of the state. */
  dispose(): void;
}
