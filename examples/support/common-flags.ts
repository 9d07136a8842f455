import { backendFlag } from './backend';
import { integer, path } from './flags';

/** The flags that every example but the quick start has. `--epochs 1 --count 256` is the small setting. */
export function commonFlags({ epochs, out }: { epochs: number; out: string }) {
  return {
    data: path({ default: undefined, help: 'a folder of idx files, such as those of MNIST; sprites without it' }),
    count: integer({ min: 20, default: 6000, help: 'images for training, at most' }),
    epochs: integer({ min: 1, default: epochs, help: 'how often to go through them' }),
    backend: backendFlag,
    seed: integer({ min: 0, default: 1, help: 'seed of weights, noise and order; the same seed gives the same run' }),
    out: path({ default: out, value: 'DIR', help: 'folder for the results' }),
  };
}
