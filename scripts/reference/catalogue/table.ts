// A table of mixed columns with missing entries: the learned decoder and its ELBO against exact log-likelihoods.
import * as tf from '@tensorflow/tfjs';
import {
  bernoulliFamily,
  categoricalFamily,
  columnsFamily,
  columnsToInput,
  cosineSchedule,
  type Family,
  GaussianEncoder,
  gaussianFamily,
  LikelihoodDecoder,
  logNormalFamily,
  poissonFamily,
  Rng,
  Vae,
  VaeTrainer,
} from 'tfjs-vae';
import { type Column, type Kind, marginalLogP, quadratureGrid } from './table-exact';

export type TableResult = { trueLogP: number; learnedLogP: number; elbo: number };

const KINDS: readonly Kind[] = (
  [
    ['counts', 5],
    ['real', 5],
    ['positive', 4],
    ['binary', 4],
    ['category', 2],
  ] as const
).flatMap(([kind, count]) => Array<Kind>(count).fill(kind));
const CLASSES = 3;
// The reference took 6,000 steps; a quarter of them comes as close.
const [TRAIN, TEST, BATCH, STEPS] = [10_000, 2_000, 128, 1_500];
const MISSING = 0.2;
const SIGMA = 0.5;

/**
 * Draws a linear model of z ∈ ℝ² and a table from it, learns the table, and compares.
 *
 * @param options `steps` and `rows` are for shorter runs.
 * @returns Means over the test rows, nats: log p(x) of the true and of the learned model by quadrature, and the ELBO.
 */
export async function tableRun({
  seed,
  steps = STEPS,
  rows = TRAIN,
}: {
  seed: number;
  steps?: number;
  rows?: number;
}): Promise<TableResult> {
  const rng = new Rng(seed).fork('table');
  const truth = KINDS.map((kind, i) => trueColumn(kind, rng.fork(i)));
  const train = draw(truth, rows, rng.fork('train'));
  const test = draw(truth, TEST, rng.fork('test'));

  const columns = Object.fromEntries(KINDS.map((kind, i) => [`c${i}`, familyOf(kind)]));
  const toInput = columnsToInput({ columns });
  const outputs = KINDS.reduce((sum, kind) => sum + (kind === 'category' ? CLASSES : 1), 0);
  const dense = (units: number, at: number, options: { inputShape?: number[]; activation?: 'relu' } = {}) =>
    tf.layers.dense({ units, ...options, kernelInitializer: tf.initializers.glorotUniform({ seed: seed + at }) });
  const vae = new Vae({
    encoder: new GaussianEncoder({
      network: tf.sequential({
        layers: [
          dense(64, 1, { inputShape: [toInput.size], activation: 'relu' }),
          dense(64, 2, { activation: 'relu' }),
        ],
      }),
      latentDim: 2,
      seed,
    }),
    decoder: new LikelihoodDecoder({
      network: tf.sequential({ layers: [dense(outputs, 3, { inputShape: [2] })] }),
      likelihood: columnsFamily({ columns }),
    }),
  });
  const learningRate = cosineSchedule({ from: 1e-2, to: 0, steps });
  const trainer = new VaeTrainer({ model: vae, transforms: [toInput], learningRate, seed });
  const epochs = Math.ceil(steps / Math.ceil(rows / BATCH));
  const dataOf = (values: Float32Array) => ({ values, shape: [values.length / KINDS.length, KINDS.length] });
  await trainer.fit(dataOf(train), { epochs, batchSize: BATCH });
  const { elbo } = await trainer.evaluate(dataOf(test), { batchSize: 1000 });
  const learned = learnedColumns(vae);
  trainer.dispose();
  vae.dispose();
  return { trueLogP: marginalLogP(test, truth), learnedLogP: marginalLogP(test, learned), elbo };
}

function familyOf(kind: Kind): Family {
  if (kind === 'counts') return poissonFamily();
  if (kind === 'real') return gaussianFamily({ sigma: 'shared' });
  if (kind === 'positive') return logNormalFamily({ scale: 'shared' });
  return kind === 'binary' ? bernoulliFamily() : categoricalFamily({ classes: CLASSES });
}

/** Natural parameters that are linear in z, with weights N(0, 0.6²) and offsets N(0, 0.5²); counts begin at e. */
function trueColumn(kind: Kind, rng: Rng): Column {
  const size = kind === 'category' ? CLASSES : 1;
  const numbers = tf.tidy(() => Array.from(rng.normal([3 * size]).dataSync()));
  const lines = Array.from({ length: size }, (_, k) => {
    const [a, b, c] = numbers.slice(3 * k, 3 * k + 3) as [number, number, number];
    return [0.6 * a, 0.6 * b, 0.5 * c + Number(kind === 'counts')] as const;
  });
  return { kind, sigma: SIGMA, at: ([u, v]) => lines.map(([a, b, c]) => a * u + b * v + c) };
}

/** A table of the model, a fifth of whose entries is missing. */
function draw(columns: readonly Column[], count: number, rng: Rng): Float32Array {
  const normals = tf.tidy(() =>
    rng
      .fork('normal')
      .normal([count, 2 + columns.length])
      .dataSync(),
  );
  const uniforms = rng.fork('uniform').uniformValues(2 * count * columns.length);
  const values = new Float32Array(count * columns.length);
  for (let row = 0; row < count; row++) {
    const own = normals.subarray(row * (2 + columns.length));
    columns.forEach(({ kind, sigma, at }, c) => {
      const place = row * columns.length + c;
      const [u, gone] = [uniforms[2 * place]!, uniforms[2 * place + 1]!];
      const eta = at([own[0]!, own[1]!]);
      values[place] = gone < MISSING ? Number.NaN : drawOne(kind, eta, sigma, own[2 + c]!, u);
    });
  }
  return values;
}

function drawOne(kind: Kind, eta: readonly number[], sigma: number, noise: number, u: number): number {
  const [first] = eta as [number];
  if (kind === 'real') return first + sigma * noise;
  if (kind === 'positive') return Math.exp(first + sigma * noise);
  if (kind === 'binary') return Number(u < 1 / (1 + Math.exp(-first)));
  const weights = kind === 'category' ? eta.map(Math.exp) : undefined;
  const total = weights?.reduce((a, b) => a + b) ?? 0;
  const rate = Math.exp(first);
  let k = 0;
  let mass = weights ? weights[0]! / total : Math.exp(-rate);
  for (let below = mass; u >= below && (weights ? k < weights.length - 1 : k < 10_000); below += mass) {
    k += 1;
    mass = weights ? weights[k]! / total : (mass * rate) / k;
  }
  return k;
}

/** What the decoder makes of each point of the quadrature, as columns in float64. */
function learnedColumns(vae: Vae): Column[] {
  const points = quadratureGrid().map(({ z }) => z);
  const index = new Map(points.map((z, i) => [z.join(), i]));
  const params = tf.tidy(() => {
    const decoded = vae.decode(tf.tensor2d(points.map(z => [...z]))).params;
    return Object.fromEntries(Object.entries(decoded).map(([name, t]) => [name, Array.from(t.dataSync())]));
  });
  return KINDS.map((kind, c) => {
    const size = kind === 'category' ? CLASSES : 1;
    const name = { counts: 'logRate', real: 'mean', positive: 'mean', binary: 'logits', category: 'logits' }[kind];
    const natural = params[`c${c}/${name}`]!;
    return {
      kind,
      sigma: params[`c${c}/scale`]?.[0] ?? 1,
      at: z => natural.slice(size * index.get(z.join())!, size * index.get(z.join())! + size),
    };
  });
}
