import * as tf from '@tensorflow/tfjs';
import { choice, InputError } from './flags';

/** Where the arithmetic runs. tensorflow needs the package @tensorflow/tfjs-node beside this one. */
export const backendFlag = choice(['wasm', 'cpu', 'tensorflow'], {
  default: 'wasm',
  help: 'where the arithmetic runs; tensorflow needs @tensorflow/tfjs-node',
});

/** @throws InputError when the backend does not load here. */
export async function useBackend(name: 'wasm' | 'cpu' | 'tensorflow'): Promise<void> {
  // Without it tfjs greets Node users with an advertisement.
  tf.enableProdMode();
  if (name === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
  if (name === 'tensorflow') await importTfjsNode();
  const loaded = await tf.setBackend(name).catch(() => false);
  if (!loaded) throw new InputError(`--backend: ${name} does not load here; wasm and cpu always do`);
}

async function importTfjsNode(): Promise<void> {
  // In a variable, since the package is not among those of this repository and cannot be type-checked.
  const module: string = '@tensorflow/tfjs-node';
  try {
    await import(module);
  } catch {
    throw new InputError(
      `--backend tensorflow needs the package ${module}, which does not load: npm install ${module}`,
    );
  }
}
