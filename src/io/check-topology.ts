import * as tf from '@tensorflow/tfjs';
import { FileFormatError } from '../data/file-format-error';
import { quoted } from './header-cursor';
import { type ListedLayer, usesOfLayers } from './uses-of-layers';

/**
 * Layers of a model file, where a shared network counts at each place where it is applied, and the layer in a wrapper
 * three times: `Bidirectional` makes three of its layer, and wrappers may be nested.
 */
export const MAX_LAYERS = 2 ** 14;
/** Longest name of a layer. */
const MAX_NAME = 256;
/** The most axes of a shape, and the largest number that an axis may have. */
const MAX_AXES = 64;

type Config = Record<string, unknown>;

/**
 * Looks at the configuration of a network before any of it is built.
 *
 * @param topology With keys in camel case.
 * @returns How many layers it stands for, as `MAX_LAYERS` counts them.
 * @throws FileFormatError When it does not describe a model, or building it might never end.
 */
export function checkTopology(topology: unknown): number {
  const type = layerClass(topology);
  if (!type || !isModel(type)) throw new FileFormatError('a network must be a model of layers');
  const count = layersIn(topology);
  if (count <= MAX_LAYERS) return count;
  throw new FileFormatError(`it has more than ${MAX_LAYERS} layers, counting shared and wrapped ones at each use`);
}

function layersIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const type = layerClass(value);
  if (!type) {
    checkOptions(value as Config);
    return Object.values(value).reduce((count: number, member) => count + layersIn(member), 0);
  }
  const { config } = value as Config;
  if (isModel(type)) return 1 + layersOfModel(config as Config, isSequential(type));
  return 1 + 3 * layersIn(config);
}

function layersOfModel(config: Config, sequential: boolean): number {
  const layers = Array.isArray(config) ? config : config?.['layers'];
  if (!Array.isArray(layers)) throw new FileFormatError('a model must list its layers');
  for (const layer of layers) checkListed(layer, sequential);
  const uses = sequential ? [] : usesOfLayers(layers.map(listed), config['inputLayers'], config['outputLayers']);
  return layers.reduce((count: number, layer, i) => count + (uses[i] ?? 1) * Math.max(1, layersIn(layer)), 0);
}

function checkListed(layer: unknown, sequential: boolean): void {
  if (typeof layer !== 'object' || layer === null) throw new FileFormatError('a model must list its layers');
  const { name, config } = layer as Config;
  const own = (config as Config | null | undefined)?.['name'];
  if (sequential && own === undefined) return;
  if (typeof own !== 'string' || own.length > MAX_NAME || own in Object.prototype) {
    throw new FileFormatError(`a layer cannot be called ${shown(own)}`);
  }
  // tfjs would wait for ever for a layer that it knows by two names.
  if (!sequential && name !== own) {
    throw new FileFormatError(`a layer cannot be called both ${shown(name)} and ${shown(own)}`);
  }
}

function listed(layer: Config): ListedLayer {
  const { name, inboundNodes, className } = layer;
  const type = layerClass(layer);
  const startsWithNode = className === 'InputLayer' || (type !== undefined && isModel(type));
  return { name: name as string, inboundNodes, startsWithNode };
}

/**
 * Checks the options of a layer on which tfjs would loop for ever, or which it would copy for each layer that follows.
 */
function checkOptions(config: Config): void {
  // tfjs adds the rank to a negative axis until it is positive. With −1e300, or with text that looks like a
  // number, that never ends.
  for (const given of [config['axis'], config['axes']].flat()) {
    const isName = typeof given === 'string' && Number.isNaN(Number(given));
    const isAxis = Number.isInteger(given) && Math.abs(given as number) <= MAX_AXES;
    if (given === null || given === undefined || isName || isAxis) continue;
    throw new FileFormatError(`an axis must be a whole number up to ${MAX_AXES}, got ${shown(given)}`);
  }
  for (const [key, given] of Object.entries(config)) {
    if (!(Array.isArray(given) && given.length > MAX_AXES && /shape$|^dims$/i.test(key))) continue;
    throw new FileFormatError(`${key} must have at most ${MAX_AXES} axes, got ${given.length}`);
  }
}

type LayerType = { prototype: object };

/** The class of what describes a layer, where tfjs knows one of that name. */
function layerClass(value: unknown): LayerType | undefined {
  const name = (value as Config | null)?.['className'];
  const known = tf.serialization.SerializationMap.getMap().classNameMap;
  if (typeof name !== 'string' || !Object.hasOwn(known, name)) return undefined;
  const [type] = known[name]!;
  return type.prototype instanceof tf.layers.Layer ? type : undefined;
}

function isModel(type: LayerType): boolean {
  return 'getLayer' in type.prototype;
}

function isSequential(type: LayerType): boolean {
  return type === tf.Sequential || type.prototype instanceof tf.Sequential;
}

function shown(value: unknown): string {
  return quoted(typeof value === 'string' ? value : String(JSON.stringify(value)));
}
