import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { Dropout } from './dropout';
import { GaussianHead } from './gaussian-head';
import { KlDivergenceLayer } from './kl-divergence-layer';
import { ParameterHead } from './parameter-head';
import { ReparamSampler, type ReparamSamplerOptions } from './reparam-sampler';

/** What `registerLayers` takes. */
export type RegisterLayersOptions = {
  /** Whether a Keras layer named `Sampling` becomes a `ReparamSampler`; default false. */
  sampling?: boolean;
};

/**
 * Makes the layers of this library known to `tf.loadLayersModel`; any number of calls do the same as one.
 *
 * Importing registers nothing. With `sampling`, Keras 2 models with the customary custom layer `Sampling`, called on
 * `[z_mean, z_log_var]`, load too; it becomes a `ReparamSampler` without a weight of its own. The name is claimed for the
 * whole process, so this is off unless asked for.
 *
 * @example
 * ```ts
 * registerLayers({ sampling: true });
 * const encoder = await tf.loadLayersModel('https://example.org/keras-vae/encoder/model.json');
 * ```
 */
export function registerLayers(options: RegisterLayersOptions = {}): void {
  checkKeys('registerLayers', options, ['sampling']);
  tf.serialization.registerClass(GaussianHead);
  tf.serialization.registerClass(ParameterHead);
  tf.serialization.registerClass(ReparamSampler);
  tf.serialization.registerClass(Dropout);
  tf.serialization.registerClass(KlDivergenceLayer);
  if (options.sampling) {
    tf.serialization.registerClass(Sampling);
    tf.serialization.registerClass(RegisteredSampling);
  }
}

/** What Keras calls the layer in a file; loading makes a `ReparamSampler`, so saving again writes that. */
class Sampling extends ReparamSampler {
  static override get className(): string {
    return 'Sampling';
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    _class: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    // The class is somebody else's: what it keeps beside these is not known here.
    const known = ['name', 'trainable', 'dtype', 'batchInputShape', 'seed', 'inference'];
    const ours = Object.fromEntries(Object.entries(config).filter(([key]) => known.includes(key)));
    return new ReparamSampler(ours as ReparamSamplerOptions) as tf.serialization.Serializable as T;
  }
}

/** Its name where it was registered by `@keras.saving.register_keras_serializable()`. */
class RegisteredSampling extends Sampling {
  static override get className(): string {
    return 'Custom>Sampling';
  }
}
