/** The worker of worker.test.ts: what it trains, and how it fails, the page says. */
import * as tf from '@tensorflow/tfjs';
import { type ArrayField, convVae, mlpVae, sprites, VaeTrainer } from 'tfjs-vae';
import { FileFormatError } from '../../src/data/file-format-error';
import { indexedDbStore } from '../../src/io/indexed-db-store';
import { serveTraining } from '../../src/web/index';

export type Config = {
  totalEpochs: number;
  backend?: string;
  network?: 'mlp' | 'conv';
  /** Name of the IndexedDB store. */
  store?: string;
  everySteps?: number;
  /** Pictures at multiples of so many steps; none where absent. */
  pictures?: number;
  /** Instead of sprites. */
  images?: ArrayField;
  fail?: 'typed' | 'text' | 'late' | 'crash' | 'step' | 'loop' | 'never' | 'close' | 'epochs';
};

// Messages that come while a script waits at its top level must not be lost.
await tf.ready();

serveTraining(async (config: Config) => {
  const { totalEpochs, backend = 'cpu', network = 'mlp', store, everySteps = 3, pictures, fail } = config;
  if (fail === 'typed') throw new FileFormatError('this file is cut short');
  if (fail === 'text') throw 'no error at all';
  if (fail === 'late') await tf.nextFrame();
  if (fail === 'crash') setTimeout(() => JSON.parse('{ not JSON'));
  if (fail === 'loop') for (;;);
  if (fail === 'close') self.close();
  if (fail === 'never' || fail === 'close') await new Promise(() => {});
  await tf.setBackend(backend);
  const images = config.images ?? sprites({ count: 64, size: 12, seed: 3 }).images;
  const shape = { inputShape: [12, 12, 1], latentDim: 2, seed: 1 };
  const model = network === 'mlp' ? mlpVae({ ...shape, hidden: [32] }) : convVae({ ...shape, filters: [32, 64] });
  return {
    trainer: new VaeTrainer({ model, learningRate: 1e-2, seed: 2 }),
    data: images,
    validationData: sprites({ count: 16, size: 12, seed: 4 }).images,
    batchSize: 10,
    totalEpochs,
    ...(fail === 'epochs' && { epochs: 3 }),
    ...(fail === 'step' && { callbacks: { onBatchEnd: () => Promise.reject(new RangeError('enough')) } }),
    ...(store && { checkpoint: { store: indexedDbStore(store), every: { steps: everySteps }, send: true } }),
    ...(pictures && {
      pictures: { images: () => model.sample(6, { seed: 1 }), every: { steps: pictures }, columns: 3, padding: 2 },
    }),
  };
});
