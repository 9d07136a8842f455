// Counts with a linear decoder, whose exact log p(x) is a two-dimensional quadrature.
import * as tf from '@tensorflow/tfjs';
import {
  cosineSchedule,
  type Family,
  LikelihoodDecoder,
  NegativeBinomial,
  negativeBinomialFamily,
  normalFamily,
  PosteriorEncoder,
  Rng,
  Vae,
  VaeTrainer,
  ZeroInflatedNegativeBinomial,
  zeroInflatedNegativeBinomialFamily,
} from 'tfjs-vae';
import { type CountModel, meanLogP } from './counts-exact';

const [GENES, TRAINING, TESTS, BATCH, STEPS] = [20, 10_000, 2000, 128, 6000];
/** The log-odds of a quarter. */
const QUARTER = Math.log(0.25 / 0.75);

/** Means over 2,000 test examples, in nats. */
export type CountsResult = { trueLogP: number; learnedLogP: number; elbo: number };

/**
 * Draws 20 negative binomials with `log m = Wᵀz + b`, z ∈ ℝ², and learns W, b and r.
 *
 * @returns The exact log p(x) under the true and the learned model, and the ELBO of the latter.
 */
export async function countsRun({
  zeroInflated,
  seed,
}: {
  zeroInflated: boolean;
  seed: number;
}): Promise<CountsResult> {
  const rng = new Rng(seed).fork('counts');
  const truth = drawModel(rng, zeroInflated);
  const [train, test] = [drawCounts(rng, truth, TRAINING), drawCounts(rng, truth, TESTS)];
  const vae = makeVae(zeroInflated, seed);
  const learningRate = cosineSchedule({ from: 1e-2, to: 0, steps: STEPS });
  const trainer = new VaeTrainer({ model: vae, learningRate, seed });
  await trainer.fit(dataOf(train), { epochs: Math.ceil(STEPS / Math.ceil(TRAINING / BATCH)), batchSize: BATCH });
  // One sample for each example; draws with other seeds take its noise out.
  const elbos: number[] = [];
  for (let draw = 0; draw < 10; draw++) {
    const other = new VaeTrainer({ model: vae, seed: 100 + draw });
    elbos.push((await other.evaluate(dataOf(test), { batchSize: 500 })).elbo);
    other.dispose();
  }
  const learned = learnedModel(vae, zeroInflated);
  trainer.dispose();
  vae.dispose();
  return {
    trueLogP: meanLogP(test, truth),
    learnedLogP: meanLogP(test, learned),
    elbo: elbos.reduce((a, b) => a + b) / elbos.length,
  };
}

/** W ~ N(0, 0.6²), b ~ N(1, 0.5²), log r ~ N(0.5, 0.5²), and with `zeroInflated` a quarter of zeros. */
function drawModel(rng: Rng, zeroInflated: boolean): CountModel {
  const draw = (size: number, mean: number, spread: number) =>
    Array.from(read(() => tf.add(mean, tf.mul(spread, rng.normal([size])))));
  const zeros = { weights: Array<number>(2 * GENES).fill(0), bias: Array<number>(GENES).fill(QUARTER) };
  return {
    logMean: { weights: draw(2 * GENES, 0, 0.6), bias: draw(GENES, 1, 0.5) },
    logDispersion: draw(GENES, 0.5, 0.5),
    ...(zeroInflated && { zeroLogits: zeros }),
  };
}

/** `[count, GENES]`, row by row. */
function drawCounts(rng: Rng, { logMean: { weights, bias }, logDispersion, zeroLogits }: CountModel, count: number) {
  const columns = (numbers: readonly number[]) => tf.tensor1d([...numbers]);
  return read(() => {
    const logMean = tf.add(tf.matMul(rng.normal([count, 2]), tf.tensor2d([...weights], [2, GENES])), columns(bias));
    const params = { logMean, logDispersion: columns(logDispersion) };
    if (!zeroLogits) return new NegativeBinomial(params).sample({ rng });
    return new ZeroInflatedNegativeBinomial({ ...params, zeroLogits: columns(zeroLogits.bias) }).sample({ rng });
  });
}

function makeVae(zeroInflated: boolean, seed: number): Vae {
  const dense = (units: number, n: number, rest: object) =>
    tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotUniform({ seed: seed * 10 + n }), ...rest });
  const activation = 'relu' as const;
  const encoder = tf.sequential({
    layers: [dense(64, 1, { inputShape: [GENES], activation }), dense(64, 2, { activation })],
  });
  const likelihood: Family = zeroInflated ? zeroInflatedNegativeBinomialFamily() : negativeBinomialFamily();
  const outputs = zeroInflated ? 2 * GENES : GENES;
  return new Vae({
    encoder: new PosteriorEncoder({ network: encoder, latentDim: 2, posterior: normalFamily(), seed }),
    decoder: new LikelihoodDecoder({
      network: tf.sequential({ layers: [dense(outputs, 3, { inputShape: [2] })] }),
      likelihood,
    }),
  });
}

/** The encoder sees log(1 + x), the decoder explains x. */
function dataOf(counts: Float32Array) {
  const shape = [counts.length / GENES, GENES];
  return { x: { values: counts.map(Math.log1p), shape }, target: { values: counts, shape } };
}

function learnedModel(vae: Vae, zeroInflated: boolean): CountModel {
  const variables = vae.variables();
  const numbers = (end: string) => {
    const path = Object.keys(variables).find(one => one.startsWith('decoder/') && one.endsWith(end))!;
    return Array.from(variables[path]!.dataSync());
  };
  const [kernel, bias] = [numbers('kernel'), numbers('bias')];
  const outputs = bias.length;
  const part = (first: number) => ({
    weights: kernel.filter((_, i) => i % outputs >= first && i % outputs < first + GENES),
    bias: bias.slice(first, first + GENES),
  });
  // What softClip does outside of ±20 and [−10, 15] is not met here.
  return {
    logMean: part(0),
    logDispersion: numbers('logDispersion'),
    ...(zeroInflated && { zeroLogits: part(GENES) }),
  };
}

function read(make: () => tf.Tensor): Float32Array {
  const t = tf.tidy(make);
  const values = Float32Array.from(t.dataSync());
  t.dispose();
  return values;
}
