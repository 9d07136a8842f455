import type * as tf from '@tensorflow/tfjs';
import { browserReader, browserWriter } from './targets-browser';
import { readHandler, writeHandler } from './targets-handler';

/** A place for one file: `file('path')` of `tfjs-vae/node`, or your own object. */
export interface WritableFile {
  /** What it is, for errors. */
  readonly name?: string;
  /** Writes the whole file, or leaves what was there. */
  write(bytes: Uint8Array): Promise<void>;
}

/** Where one file comes from: `file('path')` of `tfjs-vae/node`, or your own object. */
export interface ReadableFile {
  /** What it is, for errors. */
  readonly name?: string;
  /** The whole file. */
  read(): Promise<Uint8Array>;
}

/**
 * Where a model goes: `indexeddb://name`, `localstorage://name`, `downloads://name`, a `tf.io.IOHandler`, or anything
 * with `write(bytes)`.
 */
export type FileTarget = string | WritableFile | tf.io.IOHandler;

/**
 * Where a model comes from: `indexeddb://name`, `localstorage://name`, `http(s)://…`, a `Blob`, its bytes, a
 * `tf.io.IOHandler`, or anything with `read()`.
 */
export type FileSource = string | ReadableFile | Blob | Uint8Array | ArrayBuffer | tf.io.IOHandler;

/** @throws When it cannot be written; the error names the target. */
export async function writeTo(owner: string, target: FileTarget, bytes: Uint8Array): Promise<void> {
  const place = writable(owner, target);
  try {
    await place.write(bytes);
  } catch (cause) {
    throw new Error(`${owner}: could not write to ${place.name}: ${(cause as Error).message}`, { cause });
  }
}

/** @throws When it cannot be read; the error names the source. */
export async function readFrom(owner: string, source: FileSource): Promise<{ name: string; bytes: Uint8Array }> {
  const place = readable(owner, source);
  try {
    return { name: place.name, bytes: await place.read() };
  } catch (cause) {
    throw new Error(`${owner}: could not read ${place.name}: ${(cause as Error).message}`, { cause });
  }
}

function writable(owner: string, target: FileTarget): Required<WritableFile> {
  if (typeof target === 'string') {
    const place = split(target);
    const write = place && browserWriter(place.scheme);
    if (!write) throw new Error(`${owner}: cannot save to '${target}': ${mend(target, `${owner}(model, `)}`);
    return { name: target, write: bytes => write(place.name, bytes) };
  }
  if (hasMethod(target, 'write')) return { name: nameOf(target) ?? 'the target', write: bytes => target.write(bytes) };
  if (hasMethod(target, 'save')) return { name: 'the IOHandler', write: bytes => writeHandler(target, bytes) };
  throw new Error(`${owner}: target must be an address, an IOHandler with save, or { write(bytes) }`);
}

function readable(owner: string, source: FileSource): Required<ReadableFile> {
  if (typeof source === 'string') {
    const place = split(source);
    const read = place && browserReader(place.scheme);
    if (!read) throw new Error(`${owner}: cannot load '${source}': ${mend(source, `${owner}(`)}`);
    return { name: source, read: () => read(place.name, source) };
  }
  if (ArrayBuffer.isView(source)) return { name: 'the bytes', read: async () => source };
  if (source instanceof ArrayBuffer) return { name: 'the bytes', read: async () => new Uint8Array(source) };
  if (typeof Blob !== 'undefined' && source instanceof Blob) {
    return { name: nameOf(source) ?? 'the blob', read: async () => new Uint8Array(await source.arrayBuffer()) };
  }
  if (hasMethod(source, 'read')) return { name: nameOf(source) ?? 'the source', read: () => source.read() };
  if (hasMethod(source, 'load')) return { name: 'the IOHandler', read: () => readHandler(source) };
  throw new Error(`${owner}: source must be an address, a Blob, bytes, an IOHandler with load, or { read() }`);
}

function hasMethod<T extends object, K extends string>(
  value: T,
  method: K,
): value is Extract<T, { [key in K]?: unknown }> & { [key in K]: (...args: never[]) => unknown } {
  return (
    typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[method] === 'function'
  );
}

function nameOf(value: { name?: string } | Blob): string | undefined {
  return 'name' in value && typeof value.name === 'string' ? value.name : undefined;
}

/** `indexeddb://name` in its two halves; a path has none. */
function split(address: string): { scheme: string; name: string } | undefined {
  const [, scheme, name] = /^([a-z]+):\/\/(.+)$/s.exec(address) ?? [];
  return scheme && name ? { scheme, name } : undefined;
}

function mend(address: string, call: string): string {
  if (/^https?:/.test(address)) return 'nothing is sent to an address; give tf.io.http(address) to POST it';
  if (address.startsWith('downloads:')) return 'take the File that the user picks';
  const path = address.replace(/^file:\/\//, '');
  return `in Node give ${call}file('${path}')) with file of 'tfjs-vae/node', in a browser indexeddb://name, localstorage://name or a full address`;
}
