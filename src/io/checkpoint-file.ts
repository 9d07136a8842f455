import { FileFormatError } from '../data/file-format-error';
import type { TensorRecord } from './dtypes';
import { fromJson, toJson } from './plain-json';
import { seal, unseal } from './sealed';

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
