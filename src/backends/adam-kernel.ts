import type * as tf from '@tensorflow/tfjs';

/**
 * The kernel by which `Adam` moves a variable in one pass, on backends that were prepared and have one.
 *
 * Takes `AdamInputs` and `AdamAttrs`; returns the new variable, m and v.
 */
export const adamKernel = 'TfjsVaeAdam';

/** The kernel that tells whether all numbers of some tensors are finite, 1 or 0, where ours is faster. */
export const finiteKernel = 'TfjsVaeAllFinite';

/**
 * Four tensors of one shape, the number of this update, and whether it is made: 1 or 0. Where scalars are read at once
 * an update that is not made does not call the kernel.
 */
export type AdamInputs = Record<'variable' | 'm' | 'v' | 'gradient' | 'count' | 'finite', tf.Tensor>;

/** What all variables share; `rate` is α. β₁ and β₂ are numbers of 32 bits, so that β and 1 − β add up to 1 there. */
export type AdamSettings = Record<'beta1' | 'beta2' | 'epsilon' | 'rate', number>;

export type AdamAttrs = AdamSettings & { weightDecay: number };
