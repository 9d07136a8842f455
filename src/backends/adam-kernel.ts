import type * as tf from '@tensorflow/tfjs';

/**
 * The kernel by which `Adam` moves a variable in one pass, on backends that were prepared and have one.
 *
 * Takes `AdamInputs` and `AdamAttrs`; returns the new variable, m and v.
 */
export const adamKernel = 'TfjsVaeAdam';

/** Four tensors of one shape, and the number of this update. */
export type AdamInputs = Record<'variable' | 'm' | 'v' | 'gradient' | 'count', tf.Tensor>;

/** What all variables share; `rate` is α. */
export type AdamSettings = Record<'beta1' | 'beta2' | 'epsilon' | 'rate', number>;

export type AdamAttrs = AdamSettings & { weightDecay: number };
