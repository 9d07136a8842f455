// A tab that trains into a store by name, as a worker: indexed-db.test.ts starts two of them at once.
import * as tf from '@tensorflow/tfjs';
import { checkpoint, indexedDbStore, mlpVae, sprites, VaeTrainer } from 'tfjs-vae';

const { images } = sprites({ count: 12, size: 8, seed: 3 });

globalThis.onmessage = async ({ data: name }: MessageEvent<string>) => {
  try {
    await tf.setBackend('cpu');
    const store = indexedDbStore(name);
    const model = mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [5], seed: 1 });
    const trainer = new VaeTrainer({ model, seed: 2 });
    await trainer.resume(store);
    await trainer.fit(images, { totalEpochs: 2, batchSize: 4, callbacks: checkpoint({ store }) });
    globalThis.postMessage({ steps: trainer.steps });
  } catch (error) {
    globalThis.postMessage({ error: (error as Error).message });
  }
};
