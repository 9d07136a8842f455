/**
 * Writes test/golden/checkpoints: checkpoints as a release wrote them.
 *
 *     npx tsx scripts/golden/make-checkpoints.ts
 *
 * Files that are there stay: those of a version that has been released must load for ever, so they are never written
 * anew. `v1-without-run` was written before checkpoints had the id of their run and a fingerprint of its settings; this
 * script cannot make it any more.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { checkpoint, memoryStore, mlpVae, Rng, VaeTrainer } from '../../src/index';

const FOLDER = 'test/golden/checkpoints';
const NAME = process.argv[2] ?? 'v1';

tf.enableProdMode();
await tf.setBackend('cpu');
mkdirSync(FOLDER, { recursive: true });
if (!existsSync(`${FOLDER}/${NAME}.safetensors`)) {
  const values = tf.tidy(() => new Rng(5).fork('x').uniform([10, 6]).dataSync<'float32'>());
  const model = mlpVae({ inputShape: [6], latentDim: 2, hidden: [4], seed: 1 });
  const trainer = new VaeTrainer({ model, seed: 2 });
  const store = memoryStore();
  const callbacks = checkpoint({ store, monitor: 'val_elbo' });
  const x = { values, shape: [10, 6] };
  const history = await trainer.fit(x, { epochs: 2, batchSize: 4, validationData: x, callbacks });
  const weights = Object.entries(model.variables()).map(([path, v]) => [path, Array.from(v.dataSync())]);
  writeFileSync(`${FOLDER}/${NAME}.safetensors`, await store.read('step-000000000006.safetensors'));
  writeFileSync(`${FOLDER}/${NAME}.json`, `${JSON.stringify({ history, weights: Object.fromEntries(weights) })}\n`);
}
