import type * as tf from '@tensorflow/tfjs';

/** Variables by their structural path, such as `encoder/0/kernel`: the same in every session. */
export type Variables = Record<string, tf.Variable>;

/** A new value for a variable that is not trained by gradients, such as a running σ². */
export type Update = readonly [tf.Variable, tf.Tensor];

/** `{ kernel }` under `head` becomes `{ 'head/kernel' }`. */
export function prefixed<T>(prefix: string, values: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([path, value]) => [`${prefix}/${path}`, value]));
}

/** The inverse of `prefixed`: `{ 'head/kernel', 'body/bias' }` within `head` is `{ kernel }`. */
export function within<T>(values: Readonly<Record<string, T>>, prefix: string): Record<string, T> {
  const inside = Object.entries(values).filter(([path]) => path.startsWith(`${prefix}/`));
  return Object.fromEntries(inside.map(([path, value]) => [path.slice(prefix.length + 1), value]));
}
