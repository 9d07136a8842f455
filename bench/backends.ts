import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';

/** Makes a backend the active one. False where it does not load here; tfjs-node is found through NODE_PATH too. */
export async function activate(backend: string): Promise<boolean> {
  try {
    if (backend === 'tensorflow') createRequire(import.meta.url)('@tensorflow/tfjs-node');
    return await tf.setBackend(backend);
  } catch {
    return false;
  }
}
