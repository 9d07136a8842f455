import * as tf from '@tensorflow/tfjs';
import { type ArrayField, elboPerExample, type Normal, StandardNormal, toTensor, type Vae } from 'tfjs-vae';

/** Where test images lie in the latent space, and what each of its dimensions tells about them. */
export type LatentView = {
  /** Mean KL of each dimension, nats per example. */
  klPerDimension: number[];
  /** The dimensions, those that tell most first. */
  order: number[];
  /** The posterior mean of each image. */
  codes: number[][];
  /** The negative log-likelihood of each image, nats. */
  reconstruction: number[];
};

/** Looks at the first images of a set; nothing is sampled. */
export async function viewLatents(vae: Vae<Normal>, images: ArrayField): Promise<LatentView> {
  const [kl, codes, reconstruction] = tf.tidy(() => {
    const x = toTensor(images, { count: Math.min(1000, images.shape[0]!) });
    const posterior = vae.encode(x);
    const z = posterior.mean();
    const terms = elboPerExample({ x, likelihood: vae.decode(z), posterior });
    const elements = posterior.klElements(new StandardNormal({ shape: [vae.latentDim] }));
    return [tf.mean(elements, 0), z, terms.reconstruction] as const;
  });
  const view = {
    klPerDimension: (await kl.array()) as number[],
    codes: (await codes.array()) as number[][],
    reconstruction: (await reconstruction.array()) as number[],
  };
  tf.dispose([kl, codes, reconstruction]);
  const order = view.klPerDimension.map((_, d) => d).sort((a, b) => view.klPerDimension[b]! - view.klPerDimension[a]!);
  return { ...view, order };
}

/** The two ends between which a model's reconstruction lies, nats per example. */
export type References = {
  /** The cost of grey pixels for a decoder that gets every one right: their own entropy. */
  floor: number;
  /** The cost for a model that knows only the average training image. */
  averageImage: number;
};

export function references(train: ArrayField, test: ArrayField): References {
  const pixels = train.values.length / train.shape[0]!;
  const average = new Float64Array(pixels);
  const grey = (field: ArrayField, i: number) => field.values[i]! * (field.scale ?? 1);
  for (let i = 0; i < train.values.length; i++) average[i % pixels]! += grey(train, i) / train.shape[0]!;
  const sums = { floor: 0, averageImage: 0 };
  for (let i = 0; i < test.values.length; i++) {
    const x = grey(test, i);
    sums.floor += crossEntropy(x, x);
    // A pixel that is always black in training would cost infinitely much when it once is not.
    sums.averageImage += crossEntropy(x, Math.min(0.999, Math.max(0.001, average[i % pixels]!)));
  }
  const count = test.shape[0]!;
  return { floor: sums.floor / count, averageImage: sums.averageImage / count };
}

/** −x log p − (1 − x) log(1 − p), with 0 log 0 = 0. */
function crossEntropy(x: number, p: number): number {
  const term = (weight: number, probability: number) => (weight === 0 ? 0 : -weight * Math.log(probability));
  return term(x, p) + term(1 - x, 1 - p);
}
