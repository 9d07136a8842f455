import * as tf from '@tensorflow/tfjs';
import { fusedProducts } from '../backends/prepared-backends';
import { type ArrayField, rowSize } from '../data/array-field';
import { batchFields } from '../data/batch';
import type { Fields } from '../data/row-reader';
import type { Source } from '../data/source';
import { crc32 } from '../io/crc32';
import { describe, unknown } from '../io/describe';
import type { Json } from '../io/plain-json';
import type { Prior } from '../models/prior';
import type { Vae } from '../models/vae';
import { isSaveablePart } from '../variables/saveable-part';
import { optimizersOf, type TrainerParts } from './trainer-parts';

/**
 * What a run was made with, as far as that can be compared: `model`, `objective`, `optimizer`, `transforms`, `data`, …
 */
export type Settings = { readonly [name: string]: Json };

/** A setting that is not what it was. */
export type Change = {
  /** Its place, such as `'objective.beta'`. */
  setting: string;
  /** As text; `'nothing'` where there was none. */
  was: string;
  /** As text; `'nothing'` where there is none. */
  now: string;
};

/** What differs, and what could not be compared. */
export type Comparison = { changed: Change[]; unchecked: string[] };

/** All settings but those of the data. */
export function settingsOf(parts: TrainerParts): Settings {
  const { model, objective, clipNorm, transforms } = parts;
  const { encoder, decoder, prior } = model as Partial<Vae>;
  const pieces =
    encoder && decoder && prior
      ? { encoder: describe(encoder), decoder: describe(decoder), prior: describePrior(prior) }
      : (describe(model.networks?.() ?? {}) as object);
  const optimizers = Object.entries(optimizersOf(parts)).map(([name, { kind, config }]): [string, Json] => [
    name,
    config ? describe({ kind: kind ?? null, config }) : unknown('an optimizer without config'),
  ]);
  return {
    model: { support: model.support ?? 'real', ...pieces },
    objective: objective.config ? describe(objective.config) : unknown('an objective without config'),
    ...Object.fromEntries(optimizers),
    clipNorm: clipNorm ?? null,
    // Its last digits depend on the processor.
    ...(fusedProducts() && { fusedProducts: true }),
    transforms: transforms.map(({ config }) => (config ? describe(config) : unknown('a function'))),
  };
}

/** All settings, with what is known about the data of the `fit` that is under way, or of the one before. */
export async function allSettings(parts: TrainerParts): Promise<Settings> {
  const { later, running } = parts;
  // A reader reads one batch at a time: within an epoch that is the next one.
  const mayRead = !running || later.callbacks?.rests === 'begin';
  if (later.source) later.head = (await headOf(later.source, mayRead)) ?? later.head;
  return { ...settingsOf(parts), ...(later.head !== undefined && { data: later.head }) };
}

/** Compares two runs setting by setting. */
export function compare(was: Json | undefined, now: Json | undefined, place: string): Comparison {
  const [before, after] = [leaves(was, place), leaves(now, place)];
  const result: Comparison = { changed: [], unchecked: [] };
  for (const setting of new Set([...before.keys(), ...after.keys()])) {
    const [a, b] = [before.get(setting) ?? 'nothing', after.get(setting) ?? 'nothing'];
    if (a !== b) result.changed.push({ setting, was: a, now: b });
    else if (setting.endsWith('.unknown')) result.unchecked.push(`${setting.slice(0, -'.unknown'.length)}: ${a}`);
  }
  return result;
}

/** Changes as they stand in an error. */
export function describeChanges(changes: readonly Change[]): string {
  const shown = changes.slice(0, 3).map(({ setting, was, now }) => `${setting} was ${was} and is ${now}`);
  return shown.join('; ') + (changes.length > 3 ? `; and ${changes.length - 3} more` : '');
}

/** Files that we write are not nested deeper than this; deeper ones, made by hand, are cut. */
const DEEPEST = 64;

function leaves(value: Json | undefined, place: string, depth = 0): Map<string, string> {
  if (value === undefined) return new Map();
  if (depth > DEEPEST) return new Map([[place, '…']]);
  const isInner = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!isInner || (Array.isArray(value) && value.every(item => typeof item !== 'object'))) {
    const text = place.endsWith('.unknown') ? String(value) : JSON.stringify(value);
    return new Map([[place, text.length > 200 ? `${text.slice(0, 200)}…` : text]]);
  }
  return new Map(Object.entries(value).flatMap(([key, member]) => [...leaves(member, `${place}.${key}`, depth + 1)]));
}

/** A plain distribution is described by its kind and the shapes of its parameters. */
function describePrior(prior: Prior): Json {
  if (isSaveablePart(prior)) return describe(prior);
  let found: Json = unknown('a prior without config');
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
const known = new WeakMap<Source, Json>();

/**
 * The shape of each field of the data and a checksum of its first rows, as they come into batches. A stream has none:
 * reading them would take them from it.
 *
 * @param mayRead Whether a reader may be read now; if not, what was read before.
 */
export async function headOf(source: Source, mayRead: boolean): Promise<Json | undefined> {
  if (source.kind === 'stream') return { unknown: 'a stream' };
  const found = known.get(source);
  if (found !== undefined) return found;
  if (source.kind === 'reader' && !mayRead) return undefined;
  const rows = Math.min(ROWS, source.size);
  const fields =
    source.kind === 'rows' ? source.fields : await source.reader.read(Uint32Array.from({ length: rows }, (_, i) => i));
  const head = { size: source.size, ...ofFields(fields, rows) };
  known.set(source, head);
  return head;
}

function ofFields(fields: Fields, rows: number): { [name: string]: Json } {
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
