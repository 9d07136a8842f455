import { createRequire } from 'node:module';

/** Says once which backend is absent, and so not tested. */
export default function announce(): void {
  try {
    createRequire(import.meta.url).resolve('@tensorflow/tfjs-node');
  } catch {
    process.stdout.write('tensorflow: @tensorflow/tfjs-node is absent here, its tests are skipped\n');
  }
}
