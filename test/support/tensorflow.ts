import { createRequire } from 'node:module';

/** Registers the native backend where `@tensorflow/tfjs-node` is installed, here or along NODE_PATH. */
export function loadTensorflow(): boolean {
  try {
    createRequire(import.meta.url)('@tensorflow/tfjs-node');
    return true;
  } catch {
    return false;
  }
}
