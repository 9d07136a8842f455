import { FileFormatError } from '../data/file-format-error';
import type { Vae } from '../models/vae';
import { checkKeys, nearest } from '../ops/check-keys';
import type { Variables } from '../variables/variables';
import type { TensorRecord } from './dtypes';
import { putWeights } from './put-weights';
import { readSafetensors, writeSafetensors } from './safetensors';
import { type FileSource, readFrom } from './targets';
import { fromTorch, type TorchLayout, torchLayouts, torchShape, toTorch } from './torch-layout';
import type { TorchNames, TorchPlace } from './torch-names';
import { weightRecords } from './weight-records';
import { named } from './weights';

/** What `loadTorchWeights` and `saveTorchWeights` take. */
export type TorchWeightsOptions = {
  /** Where each tensor of the `state_dict` goes. Each weight of the model must be named once. */
  names: TorchNames;
  /**
   * How the torch model flattens images, and makes images of vectors. Default `'nchw'`: as [channels, height, width],
   * which is what `flatten` and `view` of torch do. `'nhwc'` where it permutes to [height, width, channels] before.
   */
  flattened?: 'nchw' | 'nhwc';
};

/** A tensor of torch, our variable that it is for, and how that lies in torch. */
type Place = { torch: string; path: string; layout: TorchLayout };

/** The most names of one kind that an error lists. */
const MAX_NAMES = 12;
/** BatchNorm of torch counts its batches; nothing here needs the number, and torch can do without it. */
const COUNTER = /(^|\.)num_batches_tracked$/;

/**
 * Gives a VAE the weights of a PyTorch model: a safetensors file of its `state_dict`, in float32, float16, bfloat16 or
 * float64.
 *
 * In torch: `safetensors.torch.save_file(model.state_dict(), 'vae.safetensors')`. Layouts are turned around: dense
 * [out, in] → [in, out], convolutions [out, in, h, w] → [h, w, in, out], transposed ones [in, out, h, w] →
 * [h, w, out, in]. torch flattens images as [channels, height, width] and we as [height, width, channels], so weights of
 * dense layers and batch normalisations beside a flatten or a reshape are put in our order. `num_batches_tracked` is left
 * out. A `state_dict` holds neither paddings nor the ε of a batch normalisation: build the model with those of torch; see
 * the guide on converting.
 *
 * Everything is checked before any weight is changed. Without Python, in browsers and in Node.
 *
 * @param vae Built with the layers of the torch model.
 * @param source As for `loadVae`.
 * @param options `names`, and `flattened`.
 * @throws When names do not fit; one message lists those that the file or the model does not have, with the nearest, and
 * weights that are given twice or not at all. When the layout of a variable is not known: give `{ path, axes }`.
 * @throws FileFormatError When the file is not safetensors, or a tensor has another shape.
 * @example
 * ```ts
 * const vae = mlpVae({ inputShape: [784], latentDim: 20 });
 * const stateDict = await saveTorchWeights(vae, { names: torchExampleNames }); // or a file of torch
 * await loadTorchWeights(vae, stateDict, { names: torchExampleNames });
 * ```
 */
export async function loadTorchWeights(vae: Vae, source: FileSource, options: TorchWeightsOptions): Promise<void> {
  const variables = vae.variables();
  const places = placesOf('loadTorchWeights', vae, variables, options);
  const { name, bytes } = await readFrom('loadTorchWeights', source);
  const owner = `loadTorchWeights: ${name}`;
  if (isPickle(bytes)) {
    throw new FileFormatError(
      `${owner}: this is a file of torch.save, a pickle, which may hold code and is not opened; in Python, write safetensors.torch.save_file(model.state_dict(), path)`,
    );
  }
  const { tensors } = named(owner, () => readSafetensors(bytes));
  const here = places.map(({ torch }) => torch);
  const inFile = [...tensors.keys()].filter(key => here.includes(key) || !COUNTER.test(key));
  throwAll(owner, [
    listed('the file has no', here, inFile, true),
    listed('names has no place for', inFile, here, false),
  ]);
  const records = new Map<string, TensorRecord>();
  const wrong: string[] = [];
  for (const { torch, path, layout } of places) {
    const record = tensors.get(torch)!;
    const { shape } = variables[path]!;
    const wanted = torchShape(shape, layout);
    if (String(record.shape) === String(wanted)) records.set(path, fromTorch(record, shape, layout));
    else wrong.push(`${torch} is [${record.shape}], but for ${path} [${shape}] it has to be [${wanted}]`);
  }
  if (wrong.length > 0)
    throw new FileFormatError(`${owner}: ${cut(wrong).join('; ')}; build the model as torch has it`);
  putWeights(owner, variables, records);
}

/**
 * The weights of a VAE as a `state_dict` of PyTorch: the bytes of a safetensors file, in float32.
 *
 * In torch: `model.load_state_dict(safetensors.torch.load_file(path), strict=True)`. The inverse of `loadTorchWeights`,
 * with the same names.
 *
 * @param vae Stays as it is.
 * @param options `names`, and `flattened`.
 * @returns The whole file.
 * @throws When names do not fit the model, as for `loadTorchWeights`.
 * @example
 * ```ts
 * const vae = mlpVae({ inputShape: [784], latentDim: 20 });
 * const bytes = await saveTorchWeights(vae, { names: torchExampleNames });
 * // in Node: await file('vae.safetensors').write(bytes)
 * ```
 */
export async function saveTorchWeights(vae: Vae, options: TorchWeightsOptions): Promise<Uint8Array> {
  const variables = vae.variables();
  const places = placesOf('saveTorchWeights', vae, variables, options);
  const records = await weightRecords('saveTorchWeights', variables);
  const tensors = places.map(({ torch, path, layout }) => [torch, toTorch(records[path]!, layout)] as const);
  return writeSafetensors(Object.fromEntries(tensors), { format: 'pt' });
}

/** @throws When the names are not those of the model, each once, or a layout is not known. */
function placesOf(owner: string, vae: Vae, variables: Variables, options: TorchWeightsOptions): Place[] {
  checkKeys(owner, options, ['names', 'flattened'], {}, ['names']);
  const { names, flattened = 'nchw' } = options;
  if (flattened !== 'nchw' && flattened !== 'nhwc') {
    throw new Error(`${owner}: flattened must be 'nchw' or 'nhwc', got ${JSON.stringify(flattened)}`);
  }
  const given = placesGiven(owner, names);
  const paths = given.map(({ path }) => path);
  const known = Object.keys(variables);
  const twice = paths.filter((path, i) => paths.indexOf(path) !== i);
  throwAll(owner, [
    listed('the model has no', paths, known, true),
    listed('names gives nothing for', known, paths, false),
    twice.length > 0 && `names gives twice ${cut([...new Set(twice)]).join(', ')}`,
  ]);
  const layouts = layoutsOf(owner, vae, flattened);
  return given.map(({ torch, path, axes }) => {
    const variable = variables[path]!;
    if (axes) return { torch, path, layout: { axes: checkAxes(owner, path, axes, variable.rank), orders: [] } };
    const layout =
      layouts.get(variable) ?? (variable.rank < 2 ? { axes: [...variable.shape.keys()], orders: [] } : null);
    if (layout) return { torch, path, layout };
    throw new Error(
      `${owner}: how torch lays out ${path} [${variable.shape}] is not known, since it belongs to no layer of torch's; give '${torch}': { path: '${path}', axes }, such as axes: [1, 0] to transpose a matrix`,
    );
  });
}

function layoutsOf(owner: string, vae: Vae, flattened: 'nchw' | 'nhwc') {
  try {
    return torchLayouts(vae, flattened);
  } catch (cause) {
    throw new Error(`${owner}: ${(cause as Error).message}`, { cause });
  }
}

function placesGiven(owner: string, names: TorchNames): (TorchPlace & { torch: string; axes?: readonly number[] })[] {
  if (typeof names !== 'object' || names === null || Array.isArray(names)) {
    throw new Error(`${owner}: names must be an object such as { 'fc1.weight': 'encoder/0/kernel' }`);
  }
  return Object.entries(names).map(([torch, place]) => {
    if (typeof place === 'string') return { torch, path: place } as TorchPlace & { torch: string };
    checkKeys(`${owner}: names['${torch}']`, place, ['path', 'axes'], {}, ['path', 'axes']);
    return { torch, ...place };
  });
}

function checkAxes(owner: string, path: string, axes: readonly number[], rank: number): readonly number[] {
  const sorted = Array.isArray(axes) ? [...axes].sort((a, b) => a - b) : [];
  if (sorted.length === rank && sorted.every((axis, i) => axis === i)) return axes;
  throw new Error(`${owner}: axes of ${path} must hold 0 to ${rank - 1}, each once, got ${JSON.stringify(axes)}`);
}

/** What of `wanted` is not among `there`; with the nearest, where the user may have misspelt it. */
function listed(
  what: string,
  wanted: readonly string[],
  there: readonly string[],
  nearestToo: boolean,
): string | false {
  const lost = [...new Set(wanted)].filter(name => !there.includes(name));
  if (lost.length === 0) return false;
  const free = there.filter(name => !wanted.includes(name));
  const shown = lost.map(name => {
    const near = nearestToo ? nearest(name, free) : undefined;
    return near ? `${name} (nearest: ${near})` : name;
  });
  return `${what} ${cut(shown).join(', ')}`;
}

function throwAll(owner: string, problems: readonly (string | false)[]): void {
  const found = problems.filter(problem => problem !== false);
  if (found.length > 0) throw new Error(`${owner}: ${found.join('; ')}`);
}

function cut(items: readonly string[]): string[] {
  if (items.length <= MAX_NAMES) return [...items];
  return [...items.slice(0, MAX_NAMES), `and ${items.length - MAX_NAMES} more`];
}

/** The zip archive of torch.save, or the pickle of its older form. */
function isPickle(bytes: Uint8Array): boolean {
  const [a, b] = bytes;
  return (a === 0x50 && b === 0x4b) || (a === 0x80 && b !== undefined && b >= 2 && b <= 5);
}
