import * as tf from '@tensorflow/tfjs';
import { embedAll, mlpVae, reconstructAll, scoreAll, sprites, toTensor } from 'tfjs-vae';
import { expect, test } from 'vitest';
import { values } from '../support/expect-values';
import { describeBackends } from './backends';

describeBackends('inference over a whole data set', () => {
  test('in batches that do not divide it: as all at once, and nothing is left on the device', async () => {
    const { images } = sprites({ count: 37, size: 8, seed: 1 });
    const vae = mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [16], seed: 1 });
    const x = toTensor(images);
    const expected = {
      codes: await values(vae.embed(x)),
      pictures: await values(vae.reconstruct(x)),
    };
    x.dispose();
    const before = tf.memory().numTensors;
    const { values: codes } = await embedAll(vae, images, { batchSize: 10 });
    const { values: pictures } = await reconstructAll(vae, images, { batchSize: 10 });
    const close = (a: ArrayLike<number>, b: readonly number[]) =>
      expect(Math.max(...b.map((v, i) => Math.abs(v - a[i]!)))).toBeLessThan(1e-5);
    close(codes, expected.codes);
    close(pictures, expected.pictures);

    const scores = await scoreAll(vae, images, { seed: 3, batchSize: 10 });
    const again = await scoreAll(vae, images, { seed: 3, batchSize: 37 });
    expect(scores.elbo).toHaveLength(37);
    Array.from(again.elbo).forEach((elbo, i) => {
      expect(Math.abs(scores.elbo[i]! / elbo - 1)).toBeLessThan(1e-5);
      expect(Math.abs(scores.elbo[i]! + scores.reconstruction[i]! + scores.kl[i]!)).toBeLessThan(1e-4);
    });
    expect(tf.memory().numTensors).toBe(before);
    vae.dispose();
  });
});
