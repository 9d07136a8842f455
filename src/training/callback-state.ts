import type * as tf from '@tensorflow/tfjs';
import type { Json } from '../io/plain-json';
import { misfitOf } from '../variables/put-values';
import type { Variables } from '../variables/variables';

/** What a checkpoint holds of a callback, so that a resumed run goes on exactly. */
export type CallbackState = {
  /** The name by which its state is found again; two callbacks with state need two names. */
  readonly name?: string;
  /** Plain data, fit for JSON. */
  state?(): Json;
  /** Tensors among its state; they stay the callback's. */
  variables?(): Variables;
  /** Goes on from what `state()` and `variables()` of an earlier run held; the tensors stay the caller's. */
  loadState?(state: Json, tensors: tf.NamedTensorMap): void;
};

/** A callback that has something to save. */
export type StatefulCallback = CallbackState & { readonly name: string };

/** What a snapshot holds of callbacks, until a `fit` brings them. */
export type PendingCallbackState = {
  /** By the name of the callback. */
  states: Readonly<Record<string, Json>>;
  /** `callback/…` */
  tensors: tf.NamedTensorMap;
};

/**
 * Numbers from the saved state of a callback; null where there was none.
 *
 * @throws When the state is not what this callback saves.
 */
export function savedNumbers<K extends string>(
  owner: string,
  state: Json,
  keys: readonly K[],
): Record<K, number | null> {
  const entries = keys.map(key => {
    const value = isObject(state) && Object.hasOwn(state, key) ? state[key] : undefined;
    if (value === null || (typeof value === 'number' && Number.isFinite(value))) return [key, value] as const;
    throw new Error(
      `${owner}: the saved state has no number '${key}', got ${JSON.stringify(state)}; is it that of another callback?`,
    );
  });
  return Object.fromEntries(entries) as Record<K, number | null>;
}

function isObject(state: Json): state is { readonly [key: string]: Json } {
  return typeof state === 'object' && state !== null && !Array.isArray(state);
}

/** @throws When saved values do not fit the variables of their paths. Not every variable needs a value. */
export function checkSavedTensors(owner: string, variables: Variables, values: tf.NamedTensorMap): void {
  const places = ['in the model', 'in the saved state'] as const;
  const { unknown, other } = misfitOf(variables, new Map(Object.entries(values)), places);
  if (unknown.length > 0) {
    throw new Error(`${owner}: the saved state holds '${unknown[0]}', which the model does not have`);
  }
  if (other) throw new Error(`${owner}: ${other}`);
}
