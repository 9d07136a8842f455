import { FileFormatError } from '../data/file-format-error';
import { isLayersModel, type Network } from '../models/network';
import { networkFromJson, networkToJson, unknownLayers } from '../models/network-config';
import { isSaveablePart, kindOf, type PartClass, type PartConfig } from '../variables/saveable-part';
import type { Building } from './building';
import { toCamelCase } from './to-camel-case';

/** In JSON, `{ [PART]: kind, config }` stands for a part and `{ [NETWORK]: topology }` for a network. */
const PART = '$part';
export const NETWORK = '$network';

/**
 * A configuration as JSON data, with networks as their topology and parts as their kind and configuration.
 *
 * @param path Named in errors: where the value stands in the model.
 * @throws When it holds anything that is neither plain data nor a network nor a part.
 */
export function encodeConfig(owner: string, path: string, value: unknown): unknown {
  const inside = (object: object) =>
    Object.fromEntries(Object.entries(object).map(([k, v]) => [k, encodeConfig(owner, `${path}.${k}`, v)]));
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (value === null || value === undefined) return value;
  if (Array.isArray(value)) return value.map((item, i) => encodeConfig(owner, `${path}[${i}]`, item));
  if (typeof value === 'object') {
    if (isSaveablePart(value)) return { [PART]: kindOf(`${owner}: ${path}`, value), config: inside(value.config()) };
    if (isLayersModel(value as Network)) {
      return { [NETWORK]: networkToJson(value as Extract<Network, { getLayer: unknown }>) };
    }
    if ('inputShapes' in value && 'apply' in value) {
      throw new Error(
        `${owner}: ${path} is a function, and no model file holds code; save the weights with saveWeights, and build the model by your own code before loadWeights`,
      );
    }
    if (isPlain(value) && !(PART in value) && !(NETWORK in value)) return inside(value);
  }
  throw new Error(
    `${owner}: ${path} must be plain data, a tf.LayersModel or a part with config(), got ${describe(value)}; saveWeights saves the weights of any model`,
  );
}

/** The kinds of parts and the classes of layers that a configuration needs and that are not known. */
export function missingFrom(encoded: unknown, parts: ReadonlyMap<string, PartClass>): string[] {
  const missing = new Set<string>();
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    if (Object.hasOwn(value, NETWORK)) {
      for (const name of unknownLayers((value as Record<string, unknown>)[NETWORK])) missing.add(name);
      return;
    }
    const kind = partKind(value);
    if (kind !== undefined && !parts.has(kind)) missing.add(kind);
    for (const member of Object.values(value)) visit(member);
  };
  visit(encoded);
  return [...missing];
}

/** What is needed to build a model from its configuration, and to take it down again. */
export type Site = {
  parts: ReadonlyMap<string, PartClass>;
  building: Building;
  /** Parts that are built so far. */
  built: { dispose?(): void }[];
};

/** Networks and parts from JSON data, with fresh weights. */
export async function decodeConfig(encoded: unknown, site: Site): Promise<unknown> {
  if (typeof encoded !== 'object' || encoded === null) return encoded;
  if (Array.isArray(encoded)) {
    const items: unknown[] = [];
    for (const item of encoded) items.push(await decodeConfig(item, site));
    return items;
  }
  if (Object.hasOwn(encoded, NETWORK)) {
    // Converted here, so that what was checked is what is built.
    const topology = toCamelCase((encoded as Record<string, unknown>)[NETWORK]);
    return site.building.run(() => networkFromJson(topology));
  }
  const kind = partKind(encoded);
  if (kind === undefined) return decodeMembers(encoded, site);
  const config = await decodeMembers((encoded as { config?: object }).config ?? {}, site);
  const part = await site.building.run(() => site.parts.get(kind)!.fromConfig(config));
  site.built.push(part as { dispose?(): void });
  return part;
}

async function decodeMembers(object: object, site: Site): Promise<PartConfig> {
  const members: [string, unknown][] = [];
  for (const [key, value] of Object.entries(object)) members.push([key, await decodeConfig(value, site)]);
  // Unlike an assignment, this makes even `__proto__` an ordinary key.
  return Object.fromEntries(members);
}

function partKind(encoded: object): string | undefined {
  if (!Object.hasOwn(encoded, PART)) return undefined;
  const kind = (encoded as Record<string, unknown>)[PART];
  if (typeof kind === 'string') return kind;
  throw new FileFormatError(`the kind of a part must be text, got ${describe(kind)}`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  return isPlain(value) ? 'an object with a key that files use' : 'an object of a class';
}
