import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { loadTorchWeights, mlpVae, readSafetensors, saveTorchWeights, torchExampleNames } from 'tfjs-vae';
import { file } from 'tfjs-vae/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { furthest, passOf, torchModels } from '../io/torch-support';
import { hasModule, pythonOutput } from './python';

const present = hasModule('torch', 'PyTorch weights there and back');
const folder = mkdtempSync(join(tmpdir(), 'tfjs-vae-torch-'));
const models = {
  example: { build: () => mlpVae({ inputShape: [784], latentDim: 20, seed: 1 }), names: torchExampleNames },
  conv: torchModels['conv']!,
};

describe.skipIf(!present)("PyTorch's models", () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
    pythonOutput(['test/python/torch_example.py', 'make', folder]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('compute the same here, and the same in torch again', async () => {
    for (const [name, { build, names }] of Object.entries(models)) {
      const vae = build();
      await loadTorchWeights(vae, file(join(folder, `${name}.safetensors`)), { names });
      const { tensors } = readSafetensors(readFileSync(join(folder, `${name}-expected.safetensors`)));
      const { shape, values } = tensors.get('x')!;
      const found = passOf(vae, tf.tensor(values, [...shape]));
      for (const key of ['mean', 'logVar', 'decoded'] as const) {
        expect(furthest(found[key], [...tensors.get(key)!.values]), `${name} ${key}`).toBeLessThan(1e-6);
      }
      writeFileSync(join(folder, `${name}-back.safetensors`), await saveTorchWeights(vae, { names }));
      vae.dispose();
    }
    // The weights are torch's own again, bit for bit, and so are the results; no tensor is missing with strict=True.
    const back = JSON.parse(pythonOutput(['test/python/torch_example.py', 'check', folder])) as object;
    const none = { mean: 0, logVar: 0, decoded: 0 };
    expect(back).toEqual({ example: none, conv: none });
  });
});
