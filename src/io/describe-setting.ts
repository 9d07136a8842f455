import { isTensor } from '../data/training-data';
import { isLayersModel, type Network } from '../models/network';
import { networkToJson } from '../models/network-config';
import { declaredKind, isSaveablePart } from '../variables/saveable-part';
import type { Json } from './plain-json';

/** The steps at which schedules are read: they are functions of the step, and only their values can be compared. */
const LOOKED_AT = [0, 1, 10, 100, 1000, 10_000, 100_000];

/** Stands for what cannot be compared, such as a function. */
export const unknownSetting = (what: string): Json => ({ unknown: what });

/**
 * A configuration as plain data, for comparison alone: networks as their layers, parts by kind and options, schedules
 * by some of their values. What cannot be compared is marked as unknown.
 */
export function describeSetting(value: unknown): Json {
  if (value === undefined || value === null) return null;
  if (typeof value === 'function') return describeFunction(value as (step: number) => unknown);
  if (typeof value !== 'object') return typeof value === 'bigint' ? String(value) : (value as Json);
  if (Array.isArray(value)) return value.map(describeSetting);
  if (value instanceof RegExp) return String(value);
  if (isTensor(value)) return unknownSetting(`a tensor [${value.shape}]`);
  if (isLayersModel(value as Network)) return describeNetwork(value as Network);
  if (isSaveablePart(value)) {
    const kind = declaredKind(value);
    return { kind: typeof kind === 'string' ? kind : unknownSetting('its class'), ...members(value.config()) };
  }
  if ('inputShapes' in value && 'apply' in value) {
    const { inputShapes, outputShapes } = value as { inputShapes: unknown; outputShapes?: unknown };
    return {
      inputShapes: describeSetting(inputShapes),
      outputShapes: describeSetting(outputShapes),
      ...(unknownSetting('a function') as object),
    };
  }
  const { config, kind } = value as { config?: unknown; kind?: unknown };
  if (typeof config === 'object' && config !== null) {
    return { ...(typeof kind === 'string' && { kind }), ...members(config) };
  }
  return isPlain(value) ? members(value) : unknownSetting('an object of a class without config');
}

function members(object: object): { [key: string]: Json } {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, describeSetting(value)]));
}

function describeFunction(f: (step: number) => unknown): Json {
  const { config } = f as { config?: unknown };
  if (typeof config === 'object' && config !== null) return members(config);
  try {
    const values = LOOKED_AT.map(step => f(step));
    if (values.every(v => typeof v === 'number'))
      return values.map((v, i) => `${v} at step ${LOOKED_AT[i]}`).join(', ');
  } catch {
    // It is not a function of the step.
  }
  return unknownSetting('a function');
}

/** Options of a layer that do not change what a trained network computes, or that differ in each session. */
const LEFT_OUT = /^(name|seed|trainable|keras_version|backend|.*_(initializer|regularizer))$/;

function describeNetwork(network: Network): Json {
  if (!isLayersModel(network)) return unknownSetting('a function');
  try {
    const names = new Map<string, string>();
    const json = plain(networkToJson(network));
    nameLayers(json, names);
    return canonical(json, names);
  } catch {
    return unknownSetting('a network that cannot be written as JSON');
  }
}

/** Layers are called by their place: names are counted up in a session. */
function nameLayers(value: Json, names: Map<string, string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === 'name' && typeof member === 'string' && !names.has(member)) names.set(member, `#${names.size}`);
    else nameLayers(member, names);
  }
}

function canonical(value: Json, names: ReadonlyMap<string, string>, isReference = false): Json {
  if (typeof value === 'string') return isReference ? (names.get(value) ?? value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(item => canonical(item as Json, names, isReference));
  const kept = Object.entries(value).filter(([key]) => !LEFT_OUT.test(key));
  return Object.fromEntries(
    kept.map(([key, member]) => [
      key,
      canonical(member as Json, names, isReference || /^(inbound_nodes|input_layers|output_layers)$/.test(key)),
    ]),
  );
}

function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
