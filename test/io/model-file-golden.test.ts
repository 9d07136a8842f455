import { readdirSync, readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { loadVae } from '../../src/io/load-vae';
import { BernoulliDecoder } from '../../src/models/bernoulli-decoder';
import { GaussianDecoder } from '../../src/models/gaussian-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import { file } from '../../src/node/file';
import { distance } from '../layers/support';
import { describeBackends } from '../support/backends';

const FOLDER = 'test/golden/models';
const names = readdirSync(FOLDER).filter(name => name.endsWith('.safetensors'));
type Expected = Record<'x' | 'mean' | 'variance' | 'reconstruction' | 'logProb', number[][]> & {
  condition?: number[][];
};

test('the files of version 1 are there', () => {
  expect(names).toEqual(
    expect.arrayContaining(['conditional', 'conv', 'gaussian-optimal', 'mlp'].map(n => `${n}-v1.safetensors`)),
  );
});

describeBackends('model files that were saved once load for ever', () => {
  test.each(names)('%s', async name => {
    const expected = JSON.parse(readFileSync(`${FOLDER}/${name.replace('.safetensors', '.json')}`, 'utf8')) as Expected;
    const vae = await loadVae(file(`${FOLDER}/${name}`), {
      parts: [GaussianEncoder, BernoulliDecoder, GaussianDecoder],
    });
    const given = (array: number[][]) => tf.tensor(array);
    const x = given(expected.x);
    const told = expected.condition ? { condition: given(expected.condition) } : {};
    const posterior = vae.encode(x, told);
    const likelihood = vae.decode(posterior.mean(), told);
    const found = {
      mean: posterior.mean(),
      variance: posterior.variance!(),
      reconstruction: likelihood.mean(),
      logProb: likelihood.logProb(x),
    };
    for (const [key, t] of Object.entries(found)) {
      const wanted = given(expected[key as keyof typeof found]);
      expect(t.shape, key).toEqual(wanted.shape);
      expect(distance(Array.from(t.dataSync()), Array.from(wanted.dataSync())), key).toBeLessThan(1e-5);
    }
    vae.dispose();
  });
});
