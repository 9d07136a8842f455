import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { NegativeBinomial, prepareBackend, Rng } from 'tfjs-vae';
import { interleaved, median, ratio } from './measure';

/**
 * How much of the time of its form in single operations the kernel of the negative binomial takes: log p of [128, 2000]
 * counts and all gradients, one dispersion for each column.
 *
 *     npx tsx bench/negative-binomial.ts [rounds]
 */
const KERNELS = ['TfjsVaeNegativeBinomial', 'TfjsVaeNegativeBinomialGrad'];
const SHAPE = [128, 2000];

async function measure(backend: string, rounds: number): Promise<void> {
  await tf.setBackend(backend);
  const report = await prepareBackend();
  const ours = KERNELS.map(kernel => tf.getKernel(kernel, backend));
  const without = () =>
    KERNELS.forEach(kernel => void (tf.getKernel(kernel, backend) && tf.unregisterKernel(kernel, backend)));
  const rng = new Rng(1);
  const logMean = tf.tidy(() => tf.mul(1.5, rng.normal(SHAPE)));
  const logDispersion = rng.normal(SHAPE.slice(1));
  const x = new NegativeBinomial({ logMean, logDispersion }).sample({ rng });
  const gradients = tf.valueAndGrads((m: tf.Tensor, r: tf.Tensor) =>
    tf.sum(new NegativeBinomial({ logMean: m, logDispersion: r }).logProb(x)),
  );
  const run = async () => {
    const { value, grads } = gradients([logMean, logDispersion]);
    await Promise.all(grads.map(g => g.data()));
    tf.dispose([value, grads]);
  };
  const times = await interleaved(
    [
      {
        name: 'kernel',
        before: async () => {
          without();
          ours.forEach(tf.registerKernel);
        },
        run,
      },
      { name: 'operations', before: async () => without(), run },
    ],
    rounds,
  );
  const [kernel, operations] = ['kernel', 'operations'].map(name => median(times.get(name)!).toFixed(1));
  const share = ratio(times, 'kernel', 'operations').toFixed(3);
  console.log(`${backend}: the kernel takes ${share} of the operations' time (${kernel} and ${operations} ms)`);
  tf.dispose([logMean, logDispersion, x]);
  report.restore();
}

const rounds = Number(process.argv[2] ?? 15);
for (const backend of ['cpu', 'wasm']) await measure(backend, rounds);
