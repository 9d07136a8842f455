// Points of a sphere under Gaussian noise, whose posterior is von Mises–Fisher and whose log p(x) is an integral in one
// dimension: how far the ELBO of a power spherical posterior stays below it.
import * as tf from '@tensorflow/tfjs';
import { cosineSchedule, powerSphericalFamily, Rng, scoreAll, Vae, VaeTrainer } from 'tfjs-vae';
import { average, decoderOf, encoderOf } from './given-decoder';

const TRAIN = 76_800;
const TEST = 2000;

/** The two rows: points of S² and of S⁹. */
export const spheres = {
  s2: { size: 3, sigma: 0.5, reference: '0.057 to 0.067', low: 0.008, high: 0.1 },
  s9: { size: 10, sigma: 0.3, reference: '0.082 to 0.087', low: 0.005, high: 0.12 },
};

/** The mean of `log p(x) − ELBO` over test points, after 3,000 steps. */
export async function sphereRun({
  name,
  seed,
}: {
  name: keyof typeof spheres;
  seed: number;
}): Promise<{ gap: number }> {
  const { size, sigma } = spheres[name];
  const draw = (stream: string, count: number) =>
    tf.tidy(() => {
      const rng = new Rng(seed).fork(stream);
      const z = rng.normal([count, size]);
      return tf.add(tf.div(z, tf.norm(z, 2, -1, true)), tf.mul(sigma, rng.normal([count, size])));
    });
  const vae = new Vae({
    encoder: encoderOf(size, size, powerSphericalFamily(), seed),
    decoder: decoderOf([size], size, z => tf.clone(z), sigma),
  });
  const [train, test] = [draw('train', TRAIN), draw('test', TEST)];
  const learningRate = cosineSchedule({ from: 2e-3, to: 0, steps: 3000 });
  const trainer = new VaeTrainer({ model: vae, learningRate, clipNorm: 10, seed });
  await trainer.fit(train, { epochs: 10, batchSize: 256 });
  const { elbo } = await scoreAll(vae, test, { samples: 64, seed });
  const values = await test.data();
  const exact = Array.from({ length: TEST }, (_, i) => logEvidence(values.subarray(i * size, (i + 1) * size), sigma));
  for (const one of [trainer, vae, train, test]) one.dispose();
  return { gap: average(exact) - average(elbo) };
}

/** `log ∫ N(x; z, σ²I) dz` over the uniform on the sphere, by the trapezoidal rule over the angle between x and z. */
function logEvidence(x: ArrayLike<number>, sigma: number): number {
  const size = x.length;
  const square = Array.from(x).reduce((sum, v) => sum + v * v, 0);
  const concentration = Math.sqrt(square) / sigma ** 2;
  const count = 20_000;
  let [mean, whole] = [0, 0];
  for (let i = 1; i < count; i++) {
    const angle = (Math.PI * i) / count;
    const weight = Math.sin(angle) ** (size - 2);
    whole += weight;
    mean += weight * Math.exp(concentration * (Math.cos(angle) - 1));
  }
  const exponent = concentration - (square + 1) / (2 * sigma ** 2);
  return Math.log(mean / whole) + exponent - (size / 2) * Math.log(2 * Math.PI * sigma ** 2);
}
