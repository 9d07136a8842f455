import { FileFormatError } from '../data/file-format-error';
import type { Variables } from '../variables/variables';
import { putWeights } from './put-weights';
import { readSafetensors, type Safetensors } from './safetensors';
import { type Seal, seal, unseal } from './seal';
import { type FileSource, type FileTarget, readFrom, writeTo } from './targets';
import { weightRecords } from './weight-records';

/** The format of files that hold weights alone. */
const WEIGHTS: Seal = { format: 'tfjs-vae/weights', version: 1 };
/** The format of models with their configuration, version 1. */
export const MODEL: Seal = { format: 'tfjs-vae/model', version: 1 };

/** What has weights: a `VaeModel`, or anything else that names its variables. */
export type Weighted = {
  /** Variables by path: the same names in every session. */
  variables(): Variables;
};

/**
 * Saves the weights of any model, by path, as one safetensors file, which other tools read too.
 *
 * The file holds every variable of `variables()`, trainable or not, as it is at the moment of the call, and neither
 * code nor configuration. For a `Vae` of networks that are `tf.LayersModel`s, `saveVae` keeps the configuration as
 * well.
 *
 * @param model A `VaeModel`, or `{ variables() }`.
 * @param target As for `saveVae`.
 * @throws When the target cannot be written to; what it held before stays.
 * @example
 * ```ts
 * await saveWeights(vae, 'indexeddb://my weights'); // in Node: file('weights.safetensors') of tfjs-vae/node
 * await loadWeights(vae, 'indexeddb://my weights');
 * ```
 */
export async function saveWeights(model: Weighted, target: FileTarget): Promise<void> {
  const records = await weightRecords('saveWeights', model.variables());
  await writeTo('saveWeights', target, seal(WEIGHTS, records, {}));
}

/**
 * Gives a model the weights of a file that `saveWeights`, `saveVae` or another tool that writes safetensors has made.
 *
 * Names, shapes and dtypes are all checked before any weight is changed.
 *
 * @param model Built as it was when its weights were saved.
 * @param source As for `loadVae`.
 * @throws FileFormatError When the file is damaged or of an unknown version, lacks a variable, or has one too many or
 * one of another shape or dtype; the model is then as before.
 * @example
 * ```ts
 * const again = mlpVae({ inputShape: [784], latentDim: 20 });
 * await loadWeights(again, 'https://example.org/weights.safetensors');
 * ```
 */
export async function loadWeights(model: Weighted, source: FileSource): Promise<void> {
  const { name, bytes } = await readFrom('loadWeights', source);
  const owner = `loadWeights: ${name}`;
  putWeights(owner, model.variables(), named(owner, () => content(bytes)).tensors);
}

/** Checks the checksum of files of ours; those of other tools have none. */
function content(bytes: Uint8Array): Safetensors {
  const plain = readSafetensors(bytes);
  const format = plain.metadata.get('format');
  if (!format?.startsWith('tfjs-vae/')) return plain;
  const known = [WEIGHTS, MODEL].find(seal => seal.format === format);
  if (!known) throw new FileFormatError(`expected a file of weights or a model, got one of the format '${format}'`);
  return unseal('readSafetensors', known, bytes);
}

/** Names the file in errors about it. */
export function named<T>(owner: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    // A RangeError means that the stack overflowed: the file is nested deeper than any that we write.
    if (!(cause instanceof FileFormatError || cause instanceof RangeError)) throw cause;
    throw new FileFormatError(`${owner}: ${cause.message}`, { cause });
  }
}
