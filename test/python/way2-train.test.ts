import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  BernoulliDecoder,
  convVae,
  dynamicBinarisation,
  elboObjective,
  GaussianDecoder,
  GaussianEncoder,
  linearSchedule,
  loadVae,
  mlpVae,
  Rng,
  saveRun,
  saveVae,
  type Vae,
  VaeTrainer,
} from 'tfjs-vae';
import { file } from 'tfjs-vae/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runJob } from '../../scripts/python/job';
import { hasModule, pythonOutput } from './python';

const present = hasModule('torch', 'training in PyTorch');
const parts = [GaussianEncoder, BernoulliDecoder, GaussianDecoder];
const SIZE = 150;

let folder: string;
beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'way2-train-'));
  // Two kinds of stripes, so that there is something to learn.
  const pixels = new Rng(1).uniformValues(SIZE * 64).map((u, i) => {
    const isOn = (Math.floor(i / 64) % 2 ? i % 8 : Math.floor(i / 8) % 8) < 4;
    return Math.floor((isOn ? 0.7 + 0.3 * u : 0.3 * u) * 255);
  });
  writeFileSync(at('data.idx'), Buffer.concat([header(), Uint8Array.from(pixels)]));
});
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

function header(): Buffer {
  const head = Buffer.from([0, 0, 8, 3, ...Array(12).fill(0)]);
  [SIZE, 8, 8].forEach((size, i) => {
    head.writeUInt32BE(size, 4 + 4 * i);
  });
  return head;
}

const models: [string, () => Vae][] = [
  ['mlp', () => mlpVae({ inputShape: [8, 8, 1], latentDim: 3, hidden: [12], seed: 1 })],
  [
    'conv, σ optimal',
    () =>
      convVae({
        inputShape: [8, 8, 1],
        latentDim: 3,
        filters: [3, 4],
        decoder: { sigma: 'optimal', mean: 'sigmoid' },
        seed: 1,
      }),
  ],
];

describe.skipIf(!present)('there and back', () => {
  test.each(models)('%s, twice, changes no byte of an untrained file', async (_, build) => {
    const vae = build();
    await saveVae(vae, file(at('0.safetensors')));
    vae.dispose();
    const first = readFileSync(at('0.safetensors'));
    const again = 'import sys, tfjs_vae as t; t.save(sys.argv[2], *t.load(sys.argv[1]))';
    for (let round = 0; round < 2; round++) {
      pythonOutput(['-c', again, at('0.safetensors'), at('1.safetensors')]);
      expect(Buffer.compare(readFileSync(at('1.safetensors')), first)).toBe(0);
      const back = await loadVae(file(at('1.safetensors')), { parts });
      await saveVae(back, file(at('0.safetensors')));
      back.dispose();
      expect(Buffer.compare(readFileSync(at('0.safetensors')), first)).toBe(0);
    }
  });

  test.each(models)('%s trains in two processes, and is worth here what it was there', async (name, build) => {
    const vae = build();
    await saveVae(vae, file(at('model.safetensors')));
    const before = await new VaeTrainer({ model: vae, seed: 3 }).evaluate(data());
    vae.dispose();
    const objective = elboObjective({ beta: linearSchedule({ from: 0, to: 1, steps: 20 }) });
    const transforms = name === 'mlp' ? [dynamicBinarisation()] : [];
    const run = saveRun({ objective, transforms, learningRate: 0.01, seed: 5 }, { epochs: 6, batchSize: 16 });
    writeFileSync(at('run.json'), run);
    const given = ['--data', at('data.idx'), '--validation', at('data.idx'), '--run', at('run.json'), '--fresh'];
    const written = ['--out', at('trained.safetensors'), '--history', at('history.json')];
    const ended = await runJob(['tfjs_vae.train', at('model.safetensors'), ...given, ...written], 2);
    expect(ended.map(({ code, error }) => (code === 0 ? 0 : error))).toEqual([0, 0]);
    expect(ended[0]!.out).toContain('epoch 6/6');

    const history = JSON.parse(readFileSync(at('history.json'), 'utf8')) as Record<string, number>[];
    const there = history.at(-1)!;
    const trained = await loadVae(file(at('trained.safetensors')), { parts });
    const here = await new VaeTrainer({ model: trained, seed: 3 }).evaluate(data());
    const draws = [here.reconstruction];
    for (let seed = 4; seed < 9; seed++) {
      draws.push((await new VaeTrainer({ model: trained, seed }).evaluate(data())).reconstruction);
    }
    trained.dispose();
    expect(here.elbo).toBeGreaterThan(before.elbo + 1);
    if (transforms.length > 0) return; // Its data are other draws than ours.
    // The KL has no noise; the reconstruction has other noise of the same law.
    expect(Math.abs(here.kl - there['val_kl']!)).toBeLessThan(1e-4 * Math.max(1, here.kl));
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    const spread = Math.sqrt(draws.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (draws.length - 1));
    expect(Math.abs(mean - there['val_reconstruction']!)).toBeLessThan(6 * spread);
  });
});

function data() {
  const bytes = readFileSync(at('data.idx')).subarray(16);
  return { x: { values: new Uint8Array(bytes), shape: [SIZE, 8, 8, 1], scale: 1 / 255 } };
}
