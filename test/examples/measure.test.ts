import * as tf from '@tensorflow/tfjs';
import { mlpVae, sprites } from 'tfjs-vae';
import { describe, expect, test } from 'vitest';
import { references, viewLatents } from '../../examples/quick-start/measure';

const field = (rows: number[][], scale = 1) => ({
  values: Float32Array.from(rows.flat()),
  shape: [rows.length, rows[0]!.length],
  scale,
});

describe('references', () => {
  test('the floor is the entropy of the pixels: log 2 for a grey of ½, nothing for black and white', () => {
    const { floor } = references(field([[0.5, 0.5]]), field([[1, 1, 0, 2]], 0.5));
    expect(floor).toBeCloseTo(2 * Math.LN2, 12);
  });

  test('the average image costs the cross-entropy with the mean of the training pixels', () => {
    const train = field([
      [1, 0],
      [0, 0],
      [0, 1],
      [0, 1],
    ]);
    const { averageImage } = references(train, field([[1, 0]]));
    expect(averageImage).toBeCloseTo(-Math.log(0.25) - Math.log(0.5), 12);
  });

  test('the average image stays finite where a pixel was always black in training', () => {
    expect(references(field([[0]]), field([[1]])).averageImage).toBeCloseTo(-Math.log(0.001), 12);
  });
});

describe('viewLatents', () => {
  test('puts the KL of a dimension where the posterior leaves the prior, and leaks nothing', async () => {
    const vae = mlpVae({ inputShape: [28, 28, 1], latentDim: 3, seed: 1 });
    const bias = Object.entries(vae.variables()).find(([path]) => path.endsWith('meanBias'))![1];
    bias.assign(tf.tensor1d([0, 8, 4]));
    const { images } = sprites({ count: 30 });
    const before = tf.memory().numTensors;
    const view = await viewLatents(vae, images);
    expect(tf.memory().numTensors).toBe(before);
    expect(view.order).toEqual([1, 2, 0]);
    // ½ μ², and a little for what the image adds to it.
    expect(view.klPerDimension[1]!).toBeGreaterThan(20);
    expect(view.codes).toHaveLength(30);
    expect(view.codes[0]).toHaveLength(3);
    expect(view.reconstruction.every(nats => nats > 0)).toBe(true);
    vae.dispose();
  });
});
