import * as tf from '@tensorflow/tfjs';
import { fusedProducts } from '../backends/prepared-backends';
import { type ArrayField, rowSize } from '../data/array-field';
import { batchFields } from '../data/batch';
import type { Fields } from '../data/row-reader';
import type { Source } from '../data/source';
import { crc32 } from '../io/crc32';
import { describeSetting, unknownSetting } from '../io/describe-setting';
import type { Json } from '../io/plain-json';
import type { Prior } from '../models/prior';
import type { Vae } from '../models/vae';
import { isSaveablePart } from '../variables/saveable-part';
import { optimizersOf, type TrainerState } from './trainer-state';

/**
 * What a run was made with, as far as that can be compared: `model`, `objective`, `optimizer`, `transforms`, `data`, …
 */
export type Settings = { readonly [name: string]: Json };

/** All settings but those of the data. */
export function settingsOf(state: TrainerState): Settings {
  const { model, objective, clipNorm, transforms } = state;
  const { encoder, decoder, prior } = model as Partial<Vae>;
  const pieces =
    encoder && decoder && prior
      ? { encoder: describeSetting(encoder), decoder: describeSetting(decoder), prior: describePrior(prior) }
      : (describeSetting(model.networks?.() ?? {}) as object);
  const optimizers = Object.entries(optimizersOf(state)).map(([name, { kind, config }]): [string, Json] => [
    name,
    config ? describeSetting({ kind: kind ?? null, config }) : unknownSetting('an optimizer without config'),
  ]);
  return {
    model: { support: model.support ?? 'real', ...pieces },
    objective: objective.config ? describeSetting(objective.config) : unknownSetting('an objective without config'),
    ...Object.fromEntries(optimizers),
    clipNorm: clipNorm ?? null,
    // Its last digits depend on the processor.
    ...(fusedProducts() && { fusedProducts: true }),
    transforms: transforms.map(({ config }) => (config ? describeSetting(config) : unknownSetting('a function'))),
  };
}

/** All settings, with what is knownHeads about the data of the `fit` that is under way, or of the one before. */
export async function allSettings(state: TrainerState): Promise<Settings> {
  const { activity, source } = state;
  // A reader reads one batch at a time: within an epoch that is the next one.
  const mayRead = activity === undefined || activity === 'beginning';
  if (source) state.dataHead = (await dataHeadOf(source, mayRead)) ?? state.dataHead;
  return { ...settingsOf(state), ...(state.dataHead !== undefined && { data: state.dataHead }) };
}

/** A plain distribution is described by its kind and the shapes of its parameters. */
function describePrior(prior: Prior): Json {
  if (isSaveablePart(prior)) return describeSetting(prior);
  let found: Json = unknownSetting('a prior without config');
  tf.tidy(() => {
    try {
      const { kind, params } = prior.distribution({ encode: needsEncoder, training: false });
      const shapes = Object.entries(params).map(([name, t]): [string, Json] => [name, t.shape]);
      found = { kind, ...Object.fromEntries(shapes) };
    } catch {
      // It needs the encoder or a condition.
    }
  });
  return found;
}

function needsEncoder(): never {
  throw new Error('no encoder here');
}

/** How many of the first rows are looked at. */
const ROWS = 16;
const knownHeads = new WeakMap<Source, Json>();

/**
 * The shape of each field of the data and a checksum of its first rows, as they come into batches. A stream has none:
 * reading them would take them from it.
 *
 * @param mayRead Whether a reader may be read now; if not, what was read before.
 */
export async function dataHeadOf(source: Source, mayRead: boolean): Promise<Json | undefined> {
  if (source.kind === 'stream') return { unknown: 'a stream' };
  const found = knownHeads.get(source);
  if (found !== undefined) return found;
  if (source.kind === 'reader' && !mayRead) return undefined;
  const rows = Math.min(ROWS, source.size);
  const fields =
    source.kind === 'rows' ? source.fields : await source.reader.read(Uint32Array.from({ length: rows }, (_, i) => i));
  const { size, mixing } = source;
  const head = { size, ...(mixing !== undefined && { blocks: mixing }), ...describeFields(fields, rows) };
  knownHeads.set(source, head);
  return head;
}

function describeFields(fields: Fields, rows: number): { [name: string]: Json } {
  return Object.fromEntries(
    batchFields.flatMap(name => {
      const field = fields[name];
      return field ? [[name, { shape: field.shape.slice(1), firstRows: checksum(field, rows) }]] : [];
    }),
  );
}

function checksum(field: ArrayField, rows: number): string {
  const { values, scale = 1 } = field;
  const numbers = Float32Array.from(values.subarray(0, rows * rowSize(field)), value => value * scale);
  return crc32(new Uint8Array(numbers.buffer)).toString(16).padStart(8, '0');
}
