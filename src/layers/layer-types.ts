import type * as tf from '@tensorflow/tfjs';

// tfjs does not export these by name.

/** What every `tf.layers` layer takes: `name`, `trainable`, `inputShape`, … */
export type LayerArgs = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;

/** Extra arguments of `apply` and `call`; `training` is the one that layers look at. */
export type Kwargs = Parameters<tf.layers.Layer['call']>[1];

/** One shape with free axes as `null`, or a list of them. */
export type Shapes = Parameters<tf.layers.Layer['build']>[0];

/** One shape, with free axes as `null`. */
export type Shape = Exclude<Shapes, Shapes[]>;

/** Mean and log-variance, as symbols of a model that is being built. */
export type SymbolicMoments = [mean: tf.SymbolicTensor, logVar: tf.SymbolicTensor];

/** Mean and log-variance of a batch. */
export type Moments = [mean: tf.Tensor, logVar: tf.Tensor];
