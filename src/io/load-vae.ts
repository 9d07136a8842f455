import * as tf from '@tensorflow/tfjs';
import { FileFormatError } from '../data/file-format-error';
import type { Distribution } from '../distributions/distribution';
import { Vae, type VaeOptions } from '../models/vae';
import { checkKeys } from '../ops/check-keys';
import { firstPaths } from '../variables/put-values';
import type { PartClass } from '../variables/saveable-part';
import { Building } from './building';
import type { TensorRecord } from './dtypes';
import { quoted } from './header-cursor';
import { decodeConfig, missingFrom, type Site } from './model-config';
import { checkNetworks, type ModelConfig, parseConfig } from './parse-config';
import { putWeights } from './put-weights';
import { unseal } from './seal';
import { type FileSource, readFrom } from './targets';
import { MODEL, named } from './weights';

/** tfjs puts whole configurations into its messages. */
const MAX_MESSAGE = 300;

/** A layer's class, as `tf.serialization.registerClass` takes it. */
export type LayerClass = tf.serialization.SerializableConstructor<tf.serialization.Serializable>;

/** What `loadVae` takes. */
export type LoadVaeOptions = {
  /**
   * The classes that the file may need: encoders, decoders, priors (`GaussianEncoder`, `BernoulliDecoder`, …), families
   * of your own, and layers of networks that are not tfjs's own (`Dropout`, …), which become known to tfjs for the whole
   * process.
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
  checkKeys('loadVae', options, ['parts']);
  const known = knownParts(options.parts);
  const { name, bytes } = await readFrom('loadVae', source);
  const owner = `loadVae: ${name}`;
  const { tensors, metadata } = named(owner, () => unseal('readSafetensors', MODEL, bytes));
  const config = named(owner, () => parseConfig(metadata.get('config') ?? ''));
  let missing = named(owner, () => missingFrom(config, known));
  if (missing.length > 0) {
    await addFamilies(known);
    missing = missingFrom(config, known);
  }
  if (missing.length > 0) {
    const classes = firstPaths(missing.map(kind => quoted(kind.replace(/^TfjsVae/, '')).slice(1, -1)));
    throw new Error(
      `${owner}: the file needs ${classes}; give each class, or family as defineFamily returned it, in parts, such as { parts: [${classes}] }`,
    );
  }
  const numbers = named(owner, () => {
    checkNetworks(config);
    return countNumbers(tensors, bytes);
  });
  const site: Site = { parts: known, building: new Building(numbers), built: [] };
  try {
    const vae = await build<Q, P>(owner, config, site);
    putWeights(owner, vae.variables(), tensors);
    site.building.initialise(vae.variables());
    return vae;
  } catch (error) {
    for (const part of site.built) part.dispose?.();
    site.building.dispose();
    throw error;
  }
}

/**
 * @throws When the values take more room than the file. `saveVae` writes every value at its full width, so it did not
 * make such a file.
 */
function countNumbers(tensors: ReadonlyMap<string, TensorRecord>, file: Uint8Array): number {
  let [numbers, size] = [0, 0];
  for (const { values } of tensors.values()) {
    numbers += values.length;
    size += values.byteLength;
  }
  if (size <= file.length) return numbers;
  throw new FileFormatError('its weights are of a narrower type than the model has; loadWeights reads them');
}

/** Layers are made known to tfjs; parts are found by their kind. */
function knownParts(parts: LoadVaeOptions['parts']): Map<string, PartClass> {
  const known = new Map<string, PartClass>();
  if (!Array.isArray(parts)) {
    throw new Error('loadVae: parts must list the classes that may be needed, such as [GaussianEncoder]');
  }
  for (const one of parts as LoadVaeOptions['parts']) {
    if (one && 'kind' in one) {
      if (typeof one.fromConfig !== 'function') {
        throw new Error(
          `loadVae: parts must hold classes and factories of families, got a finished '${one.kind}'; leave the call out`,
        );
      }
      if ((known.get(one.kind) ?? one) !== one) throw new Error(`loadVae: parts has two classes of kind '${one.kind}'`);
      known.set(one.kind, one);
    } else if (one?.className) tf.serialization.registerClass(one);
    else throw new Error('loadVae: parts must hold classes with a static kind, and layers with a static className');
  }
  return known;
}

/** The families of this package; one among the parts goes before one of the same kind. */
async function addFamilies(known: Map<string, PartClass>): Promise<void> {
  const { builtInFamilies } = await import('../families/built-in');
  for (const family of builtInFamilies) if (!known.has(family.kind)) known.set(family.kind, family);
}

async function build<Q extends Distribution, P extends Distribution>(
  owner: string,
  config: ModelConfig,
  site: Site,
): Promise<Vae<Q, P>> {
  try {
    const encoder = await part(config.encoder, 'encoder', 'encode', site);
    const decoder = await part(config.decoder, 'decoder', 'decode', site);
    const prior = config.prior ? await part(config.prior, 'prior', 'distribution', site) : undefined;
    const options = { encoder, decoder, ...(prior && { prior }) } as unknown as VaeOptions<Q, P>;
    return site.building.run(() => new Vae(options));
  } catch (cause) {
    const message = String((cause as Error).message).slice(0, MAX_MESSAGE);
    throw new FileFormatError(`${owner}: its configuration does not make a model: ${message}`, { cause });
  }
}

/** A part of the model, once it has been checked to be what the file says. */
async function part(config: unknown, name: string, method: string, site: Site): Promise<object> {
  const built = await decodeConfig(config, site);
  if (typeof (built as Record<string, unknown> | null)?.[method] === 'function') return built as object;
  throw new FileFormatError(`the ${name} has no ${method}(): it is not ${name === 'encoder' ? 'an' : 'a'} ${name}`);
}
