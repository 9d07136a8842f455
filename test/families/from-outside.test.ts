import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import {
  checkpoint,
  defineFamily,
  type Family,
  GaussianEncoder,
  gaussianFamily,
  LikelihoodDecoder,
  loadVae,
  memoryStore,
  mlpVae,
  type Normal,
  PosteriorEncoder,
  saveVae,
  VaeTrainer,
} from 'tfjs-vae';
import { expect, expectTypeOf, test } from 'vitest';
import { describeBackends } from '../support/backends';
import { pixelTensor } from '../support/networks';
import { laplaceFamily } from './laplace-likelihood';
import { logisticFamily } from './logistic-posterior';

/** Another family, whose raw parameters come with the other sign. */
const flippedFamily = defineFamily('flipped', ({ of }: { of: Family }) => ({
  ...of,
  config: () => ({ of }),
  distribution: (raw, context) =>
    of.distribution(Object.fromEntries(Object.entries(raw).map(([name, t]) => [name, tf.neg(t)])), context),
}));

const parts = [PosteriorEncoder, LikelihoodDecoder, laplaceFamily, logisticFamily];

test.each(['laplace-likelihood', 'logistic-posterior'])(
  '%s has at most 40 lines, and names the package alone',
  name => {
    const text = readFileSync(`test/families/${name}.ts`, 'utf8');
    expect(text.trim().split('\n').length).toBeLessThanOrEqual(40);
    const sources = [...text.matchAll(/from '([^']+)'/g)].map(match => match[1]);
    expect(sources).toEqual(['@tensorflow/tfjs', 'tfjs-vae']);
  },
);

describeBackends('a likelihood and a posterior from outside', () => {
  test('are typed, trained, saved and loaded', async () => {
    const before = tf.memory().numTensors;
    const vae = mlpVae({
      ...{ inputShape: [4, 3], latentDim: 2, hidden: [8], seed: 3 },
      likelihood: laplaceFamily({ floor: 0.01 }),
      posterior: logisticFamily({ steps: 10 }),
    });
    const x = tf.tidy(() => tf.reshape(pixelTensor(32, 12), [32, 4, 3]));
    expectTypeOf(vae.decode).returns.toExtend<{ kind: 'outsideLaplace'; params: { location: tf.Tensor } }>();
    expectTypeOf(vae.encode).returns.toExtend<{ kind: 'outsideLogistic'; params: { location: tf.Tensor } }>();
    expectTypeOf(vae.encode).returns.not.toExtend<Normal>();
    expect(vae.outputShape).toEqual([4, 3]);
    expect(Object.keys(vae.variables())).toContain('encoder/logScale');
    expect(vae.offers).not.toContain('closedKl');

    const trainer = new VaeTrainer({ model: vae, learningRate: 0.01, seed: 1 });
    const first = await trainer.evaluate(x);
    await trainer.fit(x, { epochs: 25, batchSize: 16 });
    expect((await trainer.evaluate(x)).loss).toBeLessThan(first.loss);
    expect(Array.from(vae.variables()['encoder/logScale']!.dataSync())).not.toEqual([0, 0]);

    const file: Uint8Array[] = [];
    await saveVae(vae, { write: async bytes => void file.push(bytes) });
    const again = await loadVae(file[0]!, { parts });
    const [a, b] = [vae, again].map(one => tf.tidy(() => Array.from(one.decode(one.embed(x)).logProb(x).dataSync())));
    expect(b).toEqual(a);
    await expect(loadVae(file[0]!, { parts: parts.slice(0, 2) })).rejects.toThrow(
      'the file needs outsideLogistic, outsideLaplace',
    );
    for (const one of [trainer, vae, again, x]) one.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a family may be made of another one, and a model file holds both', async () => {
    const likelihood = flippedFamily({ of: gaussianFamily({ sigma: 'shared' }) });
    expect(likelihood.kind).toBe('flipped');
    const vae = mlpVae({ inputShape: [3], latentDim: 2, hidden: [4], likelihood, seed: 1 });
    vae.variables()['decoder/sigma/logVar']!.assign(tf.scalar(-1));
    const file: Uint8Array[] = [];
    await saveVae(vae, { write: async bytes => void file.push(bytes) });
    const again = await loadVae(file[0]!, { parts: [GaussianEncoder, LikelihoodDecoder, flippedFamily] });
    const x = pixelTensor(4, 3);
    const [a, b] = [vae, again].map(one => tf.tidy(() => Array.from(one.decode(one.embed(x)).logProb(x).dataSync())));
    expect(b).toEqual(a);
    for (const one of [vae, again, x]) one.dispose();
  });

  test('their options are among the settings of a run', async () => {
    const store = memoryStore();
    const x = pixelTensor(8, 3);
    const trainer = (floor: number) => {
      const likelihood = laplaceFamily({ floor });
      return new VaeTrainer({
        model: mlpVae({ inputShape: [3], latentDim: 2, hidden: [4], likelihood, seed: 1 }),
        seed: 1,
      });
    };
    const [first, same, other] = [trainer(0.01), trainer(0.01), trainer(0.02)] as const;
    await first.fit(x, { epochs: 1, callbacks: [checkpoint({ store })] });
    expect(await same.resume(store)).toMatchObject({ changed: [], unchecked: [] });
    await expect(other.resume(store)).rejects.toThrow('model.decoder.likelihood.floor was 0.01 and is 0.02');
    for (const { model } of [first, same, other]) model.dispose?.();
    x.dispose();
  });

  test('a posterior is told the step while it is trained, and nothing after it', () => {
    const vae = mlpVae({
      inputShape: [3],
      latentDim: 2,
      hidden: [4],
      posterior: logisticFamily({ steps: 10 }),
      seed: 1,
    });
    const x = pixelTensor(2, 3);
    const scaleAt = (step?: number) =>
      tf.tidy(() => vae.encode(x, step === undefined ? {} : { step }).params.scale.dataSync()[0]!);
    expect([scaleAt(0), scaleAt(4), scaleAt(20), scaleAt()].map(s => s.toFixed(3))).toEqual([
      ...['0.100', '0.500', '1.000', '1.000'],
    ]);
    for (const one of [vae, x]) one.dispose();
  });
});
