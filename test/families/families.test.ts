import * as tf from '@tensorflow/tfjs';
import * as library from 'tfjs-vae';
import { bernoulliFamily, LikelihoodDecoder, loadVae, normalFamily, PosteriorEncoder, saveVae, Vae } from 'tfjs-vae';
import { expect, test } from 'vitest';
import { describeBackends, noLeak } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { mlp, pixelTensor } from '../support/networks';
import type { FamilyRow, Golden } from './row';
import { familyRows } from './table';

const LATENT_DIM = 2;
const table = familyRows.map(row => [row.name, row] as const);
const likelihoods = table.filter(([, row]) => row.data);

/** The parameters that a family makes of raw numbers. */
function parametersOf(
  { family, size }: FamilyRow,
  { raw, variables: values = {}, target }: Golden,
): tf.TensorContainer {
  const variables = family.createVariables?.([size]) ?? {};
  for (const [path, value] of Object.entries(values)) variables[path]!.assign(tf.tensor(value as number));
  const tensors = Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, tf.tensor(value as number[])]));
  const training = target !== undefined;
  const given = target === undefined ? {} : { target: tf.tensor(target as number[]) };
  const { params } = family.distribution(tensors, { variables, eventRank: 1, training, ...given });
  for (const v of Object.values(variables)) v.dispose();
  return params;
}

const width = (family: library.Family, size: number) =>
  Object.values(family.parameters(size)).reduce((sum, one) => sum + one, 0);

/** A decoder of a z of several axes. */
function flattened(latentShape: readonly number[], outputs: number): tf.Sequential {
  const kernelInitializer = tf.initializers.glorotUniform({ seed: 3 });
  const layers = [10, outputs].map(units => tf.layers.dense({ units, kernelInitializer }));
  return tf.sequential({ layers: [tf.layers.flatten({ inputShape: [...latentShape] }), ...layers] });
}

/** A small model of the family, as what its row says it is. */
function modelOf({ family, data, size }: FamilyRow): Vae {
  const likelihood = data ? family : bernoulliFamily();
  const posterior: library.Family = data ? normalFamily() : family;
  const encoder = new PosteriorEncoder({
    network: mlp([size, 8], 1),
    latentDim: LATENT_DIM,
    posterior,
    seed: 5,
  });
  const { latentShape } = encoder;
  const outputs = width(likelihood, size);
  const network = latentShape.length > 1 ? flattened(latentShape, outputs) : mlp([LATENT_DIM, 10, outputs], 3);
  return new Vae({ encoder, decoder: new LikelihoodDecoder({ network, likelihood }) });
}

const dataOf = ({ data, size }: FamilyRow) => data?.draw(24) ?? pixelTensor(24, size);

function reconstructed(vae: Vae, x: tf.Tensor): number[] {
  return tf.tidy(() => Array.from(vae.reconstruct(x).dataSync()));
}

describeBackends('families', () => {
  test.each(table)('%s: raw numbers become the golden parameters', (_, row) => {
    for (const golden of row.golden) {
      noLeak(() =>
        tf.tidy(() => {
          const params = parametersOf(row, golden) as Record<string, tf.Tensor>;
          expect(Object.keys(params)).toEqual(Object.keys(golden.params));
          for (const [name, expected] of Object.entries(golden.params)) {
            expectClose(Array.from(params[name]!.dataSync()), [expected].flat(3) as number[], { tolerance: 1e-6 });
          }
        }),
      );
    }
  });

  test.each(table)('%s trains for 25 steps, is saved and loaded, and leaves nothing behind', async (_, row) => {
    const before = tf.memory().numTensors;
    const vae = modelOf(row);
    const x = dataOf(row);
    const trainer = new library.VaeTrainer({ model: vae, learningRate: 0.02, seed: 2 });
    const first = await trainer.evaluate(x);
    await trainer.fit(x, { epochs: 25, batchSize: 24 });
    const last = await trainer.evaluate(x);
    expect(trainer.steps).toBe(25);
    expect(last.loss).toBeLessThan(first.loss);
    const file: Uint8Array[] = [];
    await saveVae(vae, { write: async bytes => void file.push(bytes) });
    const again = await loadVae(file[0]!, { parts: [PosteriorEncoder, LikelihoodDecoder, ...(row.parts ?? [])] });
    expect(again.offers).toEqual(vae.offers);
    expect(reconstructed(again, x)).toEqual(reconstructed(vae, x));
    for (const one of [trainer, vae, again, x]) one.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each(likelihoods)('%s refuses data outside of its support', async (_, row) => {
    const [value, message] = row.data!.outside;
    const vae = modelOf(row);
    expect(vae.support).toEqual(row.data!.support);
    const trainer = new library.VaeTrainer({ model: vae, seed: 2 });
    const x = tf.fill([4, row.size], value);
    await expect(trainer.fit(x, { epochs: 1 })).rejects.toThrow(message);
    for (const one of [trainer, vae, x]) one.dispose();
  });
});

test.each(table)(
  '%s declares what its row says',
  (_, { family, data, closedKl = [], couples = false, size, golden }) => {
    expect(family.support ?? 'real').toEqual(data?.support ?? 'real');
    expect(family.closedKl ?? []).toEqual(closedKl);
    expect(family.perExample ?? true).toBe(!couples);
    const widths = Object.entries(golden[0]!.raw).map(([name, raw]) => [name, (raw as number[][])[0]!.length]);
    expect(Object.entries(family.parameters(size))).toEqual(widths);
  },
);

test('every public family is in the table', () => {
  const families = Object.keys(library).filter(name => name.endsWith('Family') && name !== 'defineFamily');
  expect(new Set(familyRows.flatMap(({ of }) => of ?? []))).toEqual(new Set(families));
});
