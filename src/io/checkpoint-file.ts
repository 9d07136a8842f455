import { FileFormatError } from '../data/file-format-error';
import type { TensorRecord } from './dtypes';
import { fromJson, toJson } from './plain-json';
import { seal, unseal } from './seal';

/** The format of checkpoints of training. */
const SEAL = { format: 'tfjs-vae/checkpoint', version: 1 };

/** A checkpoint on the host. */
export type CheckpointContent = {
  /** Plain data. */
  progress: unknown;
  /** Plain data by the name of the callback. */
  callbacks: unknown;
  /** The kind of each optimizer. */
  optimizers: unknown;
  /** Plain data: the settings that the run was made with. Files of earlier releases have none. */
  settings?: unknown;
  /** The tensors by structural path. */
  tensors: Readonly<Record<string, TensorRecord>>;
};

/** The bytes of a checkpoint: safetensors, with the plain data as JSON in the metadata. */
export function writeCheckpoint({ tensors, ...plain }: CheckpointContent): Uint8Array {
  const { progress, callbacks, optimizers, settings } = plain;
  return seal(SEAL, tensors, {
    progress: toJson(progress),
    callbacks: toJson(callbacks),
    optimizers: toJson(optimizers),
    ...(settings !== undefined && { settings: toJson(settings) }),
  });
}

/**
 * @throws FileFormatError When the bytes are damaged, or are not a checkpoint.
 */
export function readCheckpoint(bytes: Uint8Array): CheckpointContent {
  const { tensors, metadata } = unseal('readCheckpoint', SEAL, bytes);
  return {
    progress: parsed(metadata, 'progress'),
    callbacks: parsed(metadata, 'callbacks'),
    optimizers: parsed(metadata, 'optimizers'),
    ...(metadata.has('settings') && { settings: parsed(metadata, 'settings') }),
    tensors: Object.fromEntries(tensors),
  };
}

function parsed(metadata: Map<string, string>, key: string): unknown {
  const value = fromJson(metadata.get(key) ?? '', `readCheckpoint: ${key}`);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new FileFormatError(`readCheckpoint: ${key} must be an object`);
}

const digits = (steps: number) => String(steps).padStart(12, '0');

export const lastName = (steps: number) => `step-${digits(steps)}.safetensors`;
export const bestName = (steps: number) => `best-${digits(steps)}.safetensors`;

/** The checkpoints among other files, the one with the most steps first. */
export const lastOf = (names: readonly string[]) => newest(names, 'step');
export const bestOf = (names: readonly string[]) => newest(names, 'best');

/** The number in the name of a checkpoint. */
export function stepsIn(name: string): number {
  return Number(/^(?:step|best)-(\d+)\.safetensors$/.exec(name)![1]);
}

function newest(names: readonly string[], kind: string): string[] {
  return names
    .filter(name => /^(step|best)-\d+\.safetensors$/.test(name) && name.startsWith(kind))
    .sort((a, b) => stepsIn(b) - stepsIn(a));
}
