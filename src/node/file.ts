import { fileURLToPath } from 'node:url';
import type { ReadableFile, WritableFile } from '../io/targets';
import { readWhole } from './open-file';
import { writeAtomically } from './write-file';

/**
 * A file on the disk, for `saveVae`, `loadVae`, `saveWeights` and `loadWeights`; tfjs-node is not needed.
 *
 * It is written beside its place, flushed to the disk and then renamed: whatever happens, the file is the old or the
 * new one. It keeps its permissions, and a symbolic link stays a link. Missing folders on its path are made.
 *
 * @param path A path or a `file://` address.
 * @example
 * ```ts
 * await saveVae(vae, file('models/vae.safetensors'));
 * const again = await loadVae(file('models/vae.safetensors'), { parts: [GaussianEncoder, BernoulliDecoder] });
 * ```
 */
export function file(path: string | URL): Required<ReadableFile & WritableFile> {
  const name = path instanceof URL || path.startsWith('file://') ? fileURLToPath(path) : path;
  return {
    name,
    read: () => readWhole(name),
    write: bytes => writeAtomically(name, bytes),
  };
}
