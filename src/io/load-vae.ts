import * as tf from '@tensorflow/tfjs';
import { FileFormatError } from '../data/file-format-error';
import type { Distribution } from '../distributions/distribution';
import { MadeVariables } from '../models/network-config';
import type { PartClass } from '../models/part-config';
import { Vae, type VaeOptions } from '../models/vae';
import { type Building, decodeConfig, missingFrom } from './model-config';
import { fromJson } from './plain-json';
import { putWeights } from './put-weights';
import { unseal } from './sealed';
import { type FileSource, readFrom } from './targets';
import { MODEL, named } from './weights';

/** A layer's class, as `tf.serialization.registerClass` takes it. */
export type LayerClass = tf.serialization.SerializableConstructor<tf.serialization.Serializable>;

/** What `loadVae` takes. */
export type LoadVaeOptions = {
  /**
   * The classes that the file may need: encoders, decoders, priors (`GaussianEncoder`, `BernoulliDecoder`, …), and
   * layers of networks that are not tfjs's own (`Dropout`, …), which become known to tfjs for the whole process.
   */
  parts: readonly (PartClass | LayerClass)[];
};

/**
 * Loads a VAE that `saveVae` has saved. Nothing in the file is run, and nothing but the named parts is bundled.
 *
 * Everything is checked before the model is handed over; when something is wrong, nothing is left behind.
 *
 * @param source `indexeddb://name`, `localstorage://name`, `https://…`, `file('path')` of `tfjs-vae/node`, a `Blob` such
 * as the `File` that a user picked, bytes, a `tf.io.IOHandler`, or anything with `read()`.
 * @param options The classes that the file may need.
 * @returns The model; it belongs to the caller.
 * @throws When the source cannot be read, or a class is not among the parts; the message names it.
 * @throws FileFormatError When the file is damaged, of another kind, or of a version that this release does not know.
 * @example
 * ```ts
 * const loaded = await loadVae('https://example.org/vae.safetensors', {
 *   parts: [GaussianEncoder, BernoulliDecoder],
 * });
 * const fresh = loaded.sample(16, { seed: 1 });
 * ```
 */
export async function loadVae<Q extends Distribution = Distribution, P extends Distribution = Distribution>(
  source: FileSource,
  options: LoadVaeOptions,
): Promise<Vae<Q, P>> {
  const known = knownParts(options?.parts);
  const { name, bytes } = await readFrom('loadVae', source);
  const owner = `loadVae: ${name}`;
  const { tensors, metadata } = named(owner, () => unseal('readSafetensors', MODEL, bytes));
  const config = named(owner, () => parsed(metadata.get('config')));
  const missing = named(owner, () => missingFrom(config, known));
  if (missing.length > 0) {
    const classes = missing.map(kind => kind.replace(/^TfjsVae/, '')).join(', ');
    throw new Error(`${owner}: the file needs ${classes}; give the class in parts, such as { parts: [${classes}] }`);
  }
  const building: Building = { parts: known, made: new MadeVariables(), built: [] };
  try {
    const vae = await build<Q, P>(owner, config, building);
    putWeights(owner, vae.variables(), tensors);
    return vae;
  } catch (error) {
    for (const part of building.built) part.dispose?.();
    building.made.dispose();
    throw error;
  }
}

/** Layers are made known to tfjs; parts are found by their kind. */
function knownParts(parts: LoadVaeOptions['parts']): ReadonlyMap<string, PartClass> {
  const known = new Map<string, PartClass>();
  if (!Array.isArray(parts)) {
    throw new Error('loadVae: parts must list the classes that may be needed, such as [GaussianEncoder]');
  }
  for (const one of parts as LoadVaeOptions['parts']) {
    if (one && 'kind' in one) {
      if ((known.get(one.kind) ?? one) !== one) throw new Error(`loadVae: parts has two classes of kind '${one.kind}'`);
      known.set(one.kind, one);
    } else if (one?.className) tf.serialization.registerClass(one);
    else throw new Error('loadVae: parts must hold classes with a static kind, and layers with a static className');
  }
  return known;
}

async function build<Q extends Distribution, P extends Distribution>(
  owner: string,
  config: object,
  building: Building,
): Promise<Vae<Q, P>> {
  try {
    const { encoder, decoder, prior } = (await decodeConfig(config, building)) as VaeOptions<Q, P>;
    check('encoder', encoder, 'encode');
    check('decoder', decoder, 'decode');
    if (prior) check('prior', prior, 'distribution');
    return building.made.watch(() => new Vae({ encoder, decoder, ...(prior && { prior }) }));
  } catch (cause) {
    throw new FileFormatError(`${owner}: its configuration does not make a model: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** That what the file names an encoder is one. */
function check(name: string, part: unknown, method: string): void {
  if (!isObject(part) || typeof (part as Record<string, unknown>)[method] !== 'function') {
    throw new FileFormatError(`the ${name} is none`);
  }
}

function parsed(text: string | undefined): object {
  try {
    const value = fromJson(text ?? '');
    if (
      isObject(value) &&
      'encoder' in value &&
      isObject(value.encoder) &&
      'decoder' in value &&
      isObject(value.decoder)
    )
      return value;
  } catch (cause) {
    throw new FileFormatError('its configuration is no JSON', { cause });
  }
  throw new FileFormatError('its configuration must name an encoder and a decoder');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
