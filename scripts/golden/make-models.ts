/**
 * Writes test/golden/models: model files of version 1, and what the models in them give for seeded inputs.
 *
 *     npx tsx scripts/golden/make-models.ts
 *
 * Files that are there stay: those of a version that has been released must load for ever, so they are never written
 * anew. For another version or model, add a name.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { convVae, mlpVae, Rng, type Vae } from '../../src/index';
import { saveVae } from '../../src/io/save-vae';
import { file } from '../../src/node/file';

const FOLDER = 'test/golden/models';

const models: Record<string, () => Vae> = {
  'mlp-v1': () => mlpVae({ inputShape: [6], latentDim: 2, hidden: [4], seed: 1 }),
  'conv-v1': () => convVae({ inputShape: [4, 4, 1], latentDim: 2, filters: [2, 3], seed: 2 }),
  'gaussian-optimal-v1': () =>
    mlpVae({ inputShape: [6], latentDim: 2, hidden: [4], seed: 3, decoder: { sigma: 'optimal', mean: 'sigmoid' } }),
  'conditional-v1': () => mlpVae({ inputShape: [2, 3], latentDim: 2, hidden: [4], seed: 4, conditionDim: 3 }),
};

/** Arrays of one tensor, nested. */
type Numbers = ReturnType<tf.Tensor['arraySync']>;

function outputs(vae: Vae): Record<string, Numbers> {
  return tf.tidy(() => {
    const x = new Rng(5).fork('x').uniform([3, ...(vae.inputShape as number[])]);
    const condition = vae.conditional ? tf.tensor2d([1, 0, 0, 0, 0, 1, 0.5, 0.5, 0], [3, 3]) : undefined;
    const told = condition ? { condition } : {};
    const posterior = vae.encode(x, told);
    const likelihood = vae.decode(posterior.mean(), told);
    const tensors = {
      x,
      ...told,
      mean: posterior.mean(),
      variance: posterior.variance!(),
      reconstruction: likelihood.mean(),
      logProb: likelihood.logProb(x),
    };
    return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, t.arraySync()]));
  });
}

tf.enableProdMode();
await tf.setBackend('cpu');
mkdirSync(FOLDER, { recursive: true });
for (const [name, make] of Object.entries(models)) {
  const path = `${FOLDER}/${name}.safetensors`;
  if (existsSync(path)) continue;
  const vae = make();
  // Values that no initialiser gives, biases and the running σ² included.
  for (const [place, v] of Object.entries(vae.variables())) {
    v.assign(tf.tidy(() => tf.add(v, tf.mul(0.3, tf.abs(new Rng(9).fork(place).normal(v.shape))))));
  }
  await saveVae(vae, file(path));
  writeFileSync(`${FOLDER}/${name}.json`, `${JSON.stringify(outputs(vae))}\n`);
  vae.dispose();
}
