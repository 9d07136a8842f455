// Models whose log p(x) is known: how far the ELBO of each posterior stays below it.
import * as tf from '@tensorflow/tfjs';
import {
  concreteFamily,
  cosineSchedule,
  type Family,
  type OneHotCategorical,
  Rng,
  scoreAll,
  Vae,
  VaeTrainer,
} from 'tfjs-vae';
import { average, decoderOf, encoderOf } from './given-decoder';

/** x from z ∈ ℝ², and the width of the noise. */
const models = {
  sum: { mean: (a: tf.Tensor, b: tf.Tensor) => tf.add(a, b), sigma: 0.3 },
  curve: { mean: (a: tf.Tensor, b: tf.Tensor) => tf.sub(b, tf.mul(0.5, tf.square(a))), sigma: 0.2 },
  abs: { mean: (a: tf.Tensor) => tf.abs(a), sigma: 0.3 },
};

const normal = (x: number, mean: number, variance: number) =>
  Math.exp((-0.5 * (x - mean) ** 2) / variance) / Math.sqrt(2 * Math.PI * variance);

/** log p(x), by the trapezoidal rule over z₁ where it has no closed form. */
const logEvidence: Record<keyof typeof models, (x: number) => number> = {
  sum: x => Math.log(normal(x, 0, 2.09)),
  curve: x => overFirst(z => normal(x, -0.5 * z * z, 1.04)),
  abs: x => overFirst(z => normal(x, Math.abs(z), 0.09)),
};

function overFirst(density: (z: number) => number): number {
  const [step, most] = [0.002, 9];
  let total = 0;
  for (let z = -most; z <= most; z += step) total += normal(z, 0, 1) * density(z) * step;
  return Math.log(total);
}

const TRAIN = 64_000;
const TEST = 2000;

/** What `gapRun` takes. */
export type GapRunOptions = { model: keyof typeof models; posterior: Family; seed: number };

/** The mean of `log p(x) − ELBO` over test points, after 2,500 steps. */
export async function gapRun({ model, posterior, seed }: GapRunOptions): Promise<{ gap: number }> {
  const { mean, sigma } = models[model];
  const of = (z: tf.Tensor) => {
    const [a, b] = tf.split(z, 2, -1) as [tf.Tensor, tf.Tensor];
    return mean(a, b);
  };
  const draw = (name: string, count: number) =>
    tf.tidy(() => {
      const rng = new Rng(seed).fork(name);
      return tf.add(of(rng.normal([count, 2])), tf.mul(sigma, rng.normal([count, 1])));
    });
  const vae = new Vae({ encoder: encoderOf(1, 2, posterior, seed), decoder: decoderOf([2], 1, of, sigma) });
  const [train, test] = [draw('train', TRAIN), draw('test', TEST)];
  const learningRate = cosineSchedule({ from: 2e-3, to: 0, steps: 2500 });
  const trainer = new VaeTrainer({ model: vae, learningRate, clipNorm: 10, seed });
  await trainer.fit(train, { epochs: 10, batchSize: 256 });
  const { elbo } = await scoreAll(vae, test, { samples: 64, seed });
  const exact = Array.from(await test.data(), logEvidence[model]);
  for (const one of [trainer, vae, train, test]) one.dispose();
  return { gap: average(exact) - average(elbo) };
}

const CENTRES = [
  [-0.294, 1.572],
  [1.894, -2.229],
  [3.382, -1.79],
  [-0.711, 2.465],
  [0.276, -3.364],
  [0.635, 0.266],
];
const WIDTH = 0.7;

/** What `concreteRun` gives, as means over test points, nats. */
export type ConcreteResult = {
  /** log p(x). */
  exact: number;
  /** log p(x) less the bound of the discrete model, Σ_k q(k)·(log p(x, k) − log q(k)). */
  gap: number;
  /** What was minimised, with its sign turned: no bound. */
  objective: number;
};

/** Six Gaussians in the plane, of which a Concrete latent variable says which one, under the KL of the discrete one. */
export async function concreteRun(options: { temperature: number; seed: number }): Promise<ConcreteResult> {
  const { temperature, seed } = options;
  const posterior = concreteFamily({ classes: 6, temperature });
  const mean = (z: tf.Tensor) =>
    tf.tidy(() => {
      const centres = tf.tensor2d(CENTRES);
      const flat = tf.reshape(z, [-1, 6]) as tf.Tensor2D;
      return tf.matMul(flat, centres);
    });
  const draw = (name: string, count: number) =>
    tf.tidy(() => {
      const rng = new Rng(seed).fork(name);
      const k = tf.cast(tf.floor(tf.mul(6, rng.uniform([count]))), 'int32') as tf.Tensor1D;
      return tf.add(tf.gather(tf.tensor2d(CENTRES), k), tf.mul(WIDTH, rng.normal([count, 2])));
    });
  const vae = new Vae({ encoder: encoderOf(2, 1, posterior, seed), decoder: decoderOf([1, 6], 2, mean, WIDTH) });
  const [train, test] = [draw('train', TRAIN), draw('test', TEST)];
  const learningRate = cosineSchedule({ from: 1e-2, to: 0, steps: 2000 });
  const trainer = new VaeTrainer({ model: vae, learningRate, seed });
  const { history } = await trainer.fit(train, { epochs: 8, batchSize: 256 });
  const q = vae.encode(test) as OneHotCategorical;
  const logQ = tf.tidy(() => tf.logSoftmax(tf.reshape(q.params.logits, [TEST, 6])).dataSync());
  const x = await test.data();
  let [exact, bound] = [0, 0];
  for (let i = 0; i < TEST; i++) {
    const joint = CENTRES.map(
      ([a, b]) => normal(x[2 * i]!, a!, WIDTH ** 2) * normal(x[2 * i + 1]!, b!, WIDTH ** 2) * (1 / 6),
    );
    exact += Math.log(joint.reduce((s, v) => s + v, 0)) / TEST;
    bound += joint.reduce((s, v, k) => s + Math.exp(logQ[6 * i + k]!) * (Math.log(v) - logQ[6 * i + k]!), 0) / TEST;
  }
  for (const one of [q, trainer, vae, train, test]) one.dispose();
  return { exact, gap: exact - bound, objective: -history.loss!.at(-1)! };
}
