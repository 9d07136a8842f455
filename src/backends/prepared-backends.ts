import * as tf from '@tensorflow/tfjs';
import type { AppliedChange } from './kernel-patch';

/** What is applied now, by backend: one map for all copies of this package. */
export function preparedBackends(): Map<string, AppliedChange[]> {
  const shared = globalThis as { [key: symbol]: Map<string, AppliedChange[]> | undefined };
  const key = Symbol.for('tfjs-vae.backends');
  shared[key] ??= new Map();
  return shared[key];
}

/** Whether products are made by fused multiply-add after some changes. */
export function isFused(applied: readonly AppliedChange[]): boolean {
  return applied.some(({ change }) => change.action === 'fused');
}

/**
 * Whether products on the active backend are made by the fused multiply-add of relaxed SIMD, so that their last digits
 * are those of this kind of processor. A run that is to be repeated bit for bit needs the same answer.
 */
export function fusedProducts(): boolean {
  return isFused(preparedBackends().get(tf.getBackend()) ?? []);
}
