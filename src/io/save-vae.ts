import * as tf from '@tensorflow/tfjs';
import type { Vae } from '../models/vae';
import { isSaveablePart } from '../variables/saveable-part';
import { encodeConfig } from './model-config';
import { checkNetworks, parseConfig } from './parse-config';
import { toJson } from './plain-json';
import { seal } from './seal';
import { type FileTarget, writeTo } from './targets';
import { weightRecords } from './weight-records';
import { MODEL } from './weights';

/**
 * Saves a VAE as one safetensors file: its weights by path, its configuration as JSON in the metadata, no code.
 *
 * Weights are as they are at the moment of the call. Other tools read the file as any safetensors file. The networks
 * have to be `tf.LayersModel`s, the prior N(0, I) or a part with `config()`; for anything else there is `saveWeights`.
 *
 * @param vae Stays as it is.
 * @param target `indexeddb://name`, `localstorage://name` or `downloads://name` in a browser, `file('path')` of
 * `tfjs-vae/node` in Node, a `tf.io.IOHandler`, or anything with `write(bytes)`.
 * @throws When a part cannot be saved, or the target cannot be written to; what it held before stays.
 * @example
 * ```ts
 * await saveVae(vae, 'indexeddb://my-vae');
 * const again = await loadVae('indexeddb://my-vae', { parts: [GaussianEncoder, BernoulliDecoder] });
 * ```
 */
export async function saveVae(vae: Vae, target: FileTarget): Promise<void> {
  const config = {
    encoder: part('encoder', vae.encoder),
    decoder: part('decoder', vae.decoder),
    ...(!isDefaultPrior(vae) && { prior: part('prior', vae.prior) }),
  };
  const text = toJson(config);
  checkLoadable(text);
  const records = await weightRecords('saveVae', vae.variables());
  await writeTo('saveVae', target, seal(MODEL, records, { config: text }));
}

/** What `loadVae` would refuse must be known while the model is still there. */
function checkLoadable(config: string): void {
  try {
    checkNetworks(parseConfig(config));
  } catch (cause) {
    throw new Error(
      `saveVae: no model file can hold this model: ${(cause as Error).message}; save its weights with saveWeights`,
      { cause },
    );
  }
}

function part(name: string, value: unknown): unknown {
  if (isSaveablePart(value)) return encodeConfig('saveVae', name, value);
  throw new Error(
    `saveVae: the ${name} cannot be saved: it has no config(); add it, with a static kind and fromConfig to its class, or save the weights alone with saveWeights`,
  );
}

/** Whether this is the prior that a `Vae` takes where none is given, or N(0, I), which was given. */
function isDefaultPrior({ prior, encoder, latentShape }: Vae): boolean {
  if (prior.isDefault) return true;
  if (isSaveablePart(prior) || prior.conditional || Object.keys(prior.variables()).length > 0) return false;
  let isIt = false;
  tf.tidy(() => {
    try {
      const usual = encoder.defaultPrior?.().kind ?? 'standardNormal';
      const found = prior.distribution({ encode: needsEncoder, training: false });
      isIt = usual === 'standardNormal' && found.kind === usual && String(found.eventShape) === String(latentShape);
    } catch {
      // A prior that cannot do without an encoder is not the default one.
    }
  });
  return isIt;
}

function needsEncoder(): never {
  throw new Error('no encoder here');
}
