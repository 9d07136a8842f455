import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type BackendReport, prepareBackend } from '../../src/backends/prepare-backend';
import { NegativeBinomial } from '../../src/distributions/negative-binomial';
import { negativeBinomialKernel } from '../../src/ops/negative-binomial-kernels';
import { Rng } from '../../src/random/rng';
import { errorsOf } from '../distributions/extremes/errors';
import { negativeBinomialExtremes } from '../distributions/extremes/negative-binomial';
import { noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';

type Shapes = { mean: number[]; dispersion: number[]; x: number[] };

/** The sum over the event and its gradients, of a case with shapes that broadcast. */
function computed({ mean, dispersion, x }: Shapes): number[][] {
  return noLeak(() =>
    tf.tidy(() => {
      const rng = new Rng(5);
      const [logMean, logDispersion] = [rng.normal(mean), rng.normal(dispersion)];
      const counts = tf.floor(tf.mul(300, tf.pow(rng.uniform(x), 6)));
      const weights = rng.normal(mean.length > x.length ? mean : x);
      const logProb = (m: tf.Tensor, r: tf.Tensor) =>
        new NegativeBinomial({ logMean: m, logDispersion: r, eventRank: 1 }).logProbElements(counts);
      const gradients = tf.grads((m: tf.Tensor, r: tf.Tensor) => tf.sum(tf.mul(weights, logProb(m, r))));
      return [logProb(logMean, logDispersion), ...gradients([logMean, logDispersion])].map(t =>
        Array.from(t.dataSync()),
      );
    }),
  );
}

describe.each(['cpu', 'wasm'])('the kernels of the negative binomial on %s', backend => {
  let report: BackendReport;
  beforeAll(async () => void (await tf.setBackend(backend)));
  afterEach(() => report.restore());
  afterAll(async () => void (await tf.setBackend('cpu')));

  test.each(negativeBinomialExtremes.map(row => [row.name, row] as const))(
    '%s: values and gradients of 50 digits, over a grid with extremes',
    async (_, row) => {
      report = await prepareBackend();
      for (const [name, { error, at }] of Object.entries(await errorsOf(row))) {
        expect(error, `${name} at ${at}`).toBeLessThan(name === 'value' ? 1e-6 : 1e-5);
      }
    },
  );

  test.each<[string, Shapes]>([
    ['one dispersion for each element', { mean: [3, 5], dispersion: [3, 5], x: [3, 5] }],
    ['one for each column', { mean: [3, 5], dispersion: [5], x: [3, 5] }],
    ['one alone', { mean: [3, 5], dispersion: [], x: [3, 5] }],
    ['several samples of the parameters', { mean: [4, 3, 5], dispersion: [5], x: [3, 5] }],
    ['several samples of the values', { mean: [3, 5], dispersion: [3, 5], x: [4, 3, 5] }],
    ['axes of one, which are left to single operations', { mean: [3, 5], dispersion: [], x: [1, 5] }],
  ])('%s: what single operations give', async (_, shapes) => {
    const stock = computed(shapes);
    report = await prepareBackend();
    computed(shapes).forEach((numbers, i) => {
      expectClose(numbers, stock[i]!, { tolerance: 1e-5 });
    });
  });

  test('come and go with the preparation, and are used', async () => {
    const logProb = () =>
      values(
        tf.tidy(() => {
          const logDispersion = tf.scalar(0);
          return new NegativeBinomial({ logMean: tf.zeros([1, 1]), logDispersion }).logProb(tf.ones([1, 1]));
        }),
      );
    expect(tf.getKernel(negativeBinomialKernel, backend)).toBeUndefined();
    report = await prepareBackend();
    const ours = tf.getKernel(negativeBinomialKernel, backend);
    let calls = 0;
    tf.unregisterKernel(negativeBinomialKernel, backend);
    tf.registerKernel({
      ...ours,
      kernelFunc: args => {
        calls++;
        return ours.kernelFunc(args);
      },
    });
    expect(logProb()[0]).toBeCloseTo(Math.log(1 / 4), 6);
    expect(calls).toBe(1);
    tf.unregisterKernel(negativeBinomialKernel, backend);
    tf.registerKernel(ours);
    report.restore();
    expect(tf.getKernel(negativeBinomialKernel, backend)).toBeUndefined();
    expect(logProb()[0]).toBeCloseTo(Math.log(1 / 4), 6);
  });
});
