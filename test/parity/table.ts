import * as tf from '@tensorflow/tfjs';
import {
  Adam,
  AdamW,
  accumulateGradients,
  addNoise,
  Bernoulli,
  BernoulliDecoder,
  Dropout,
  dequantisation,
  dynamicBinarisation,
  type ElboLossOptions,
  effectiveSampleSize,
  elboLoss,
  elboPerExample,
  ema,
  expm1MinusX,
  fillMissing,
  freeBitsKl,
  GaussianDecoder,
  GaussianEncoder,
  GaussianHead,
  interpolate,
  iwaeBound,
  iwaeLoss,
  KlDivergenceLayer,
  klDivergence,
  klStandardNormal,
  latentGrid,
  logSumExp,
  Normal,
  negativeLogLikelihood,
  type Optimizer,
  oneHot,
  perPart,
  ReparamSampler,
  Rng,
  reconstructionLoss,
  reduceMean,
  softClip,
  stopGradient,
  type TrainerHandle,
  tileImages,
  toTensor,
  toTfOptimizer,
  traverse,
  Vae,
} from 'tfjs-vae';
import { type Nested, rows as oracle } from '../distributions/table';
import bernoulli from '../golden/bernoulli.json';
import elbo from '../golden/elbo.json';
import iwae from '../golden/iwae.json';
import normal from '../golden/normal.json';
import ops from '../golden/ops.json';

/** One computation that must come out alike on every device. */
export type ParityRow = {
  name: string;
  /** The public names that the row is about. */
  of: readonly string[];
  /** All that it computes, gradients included; it makes its own inputs. Runs within a tidy. */
  run(): tf.Tensor[];
  /** What the first outputs must be, in float64, from `test/golden`. */
  golden?: readonly (readonly number[])[];
  /** Allowed error, relative to the largest entry of each output. Default 1e-5: sums of a few float32 roundings. */
  tolerance?: number;
};

const flat = (x: Nested): number[] => (typeof x === 'number' ? [x] : x.flatMap(flat));
const tensor = (x: Nested) => tf.tensor(x as number[], undefined, 'float32');
const noise = (shape: number[], name: string) => new Rng(31).fork(name).normal(shape);
const unit = (shape: number[], name: string) => new Rng(31).fork(name).uniform(shape);
const tensorsOf = (params: Readonly<Record<string, Nested>>) =>
  Object.fromEntries(Object.entries(params).map(([name, x]) => [name, tensor(x)]));

/** The value of `f`, and its gradient by each input, every entry of the value weighted differently. */
function valueAndGradients(inputs: tf.Tensor[], f: (...inputs: tf.Tensor[]) => tf.Tensor): tf.Tensor[] {
  const weighted = (...xs: tf.Tensor[]) => {
    const y = f(...xs);
    return tf.sum(tf.mul(y, noise(y.shape, 'dy')));
  };
  return [f(...inputs), ...tf.grads(weighted)(inputs)];
}

/** As above, with the plain sum that golden gradients are of. */
function valueAndSumGradients(inputs: tf.Tensor[], f: (...inputs: tf.Tensor[]) => tf.Tensor): tf.Tensor[] {
  return [f(...inputs), ...tf.grads((...xs: tf.Tensor[]) => tf.sum(f(...xs)))(inputs)];
}

// The row of −3e38 stays out: the largest number of tfjs's maximum is −1e20 on webgl.
const sums = ops.logSumExp.x
  .map((row, i) => ({ x: row.map(Number), y: Number(ops.logSumExp.y[i]), gradient: ops.logSumExp.gradient[i]! }))
  .filter(({ y }) => !(y < -1e20 && Number.isFinite(y)));

const opRows: ParityRow[] = [
  {
    name: 'expm1MinusX',
    of: ['expm1MinusX'],
    run: () => valueAndSumGradients([tensor(ops.expm1MinusX.x)], x => expm1MinusX(x!)),
    golden: [ops.expm1MinusX.y, ops.expm1MinusX.gradient],
  },
  ...ops.softClip.map(({ low, high, x, y, gradient }) => ({
    name: `softClip to [${low}, ${high}]`,
    of: ['softClip'],
    run: () => valueAndSumGradients([tensor(x)], t => softClip(t!, low, high)),
    golden: [y, gradient],
  })),
  {
    name: 'logSumExp, −∞ among the terms',
    of: ['logSumExp'],
    run: () => valueAndSumGradients([tensor(sums.map(({ x }) => x))], x => logSumExp(x!, 1)),
    golden: [sums.map(({ y }) => y), sums.flatMap(({ gradient }) => gradient)],
  },
  {
    name: 'logSumExp over the first and over all axes',
    of: ['logSumExp'],
    run: () => [
      ...valueAndGradients([noise([300, 5], 'x')], x => logSumExp(x!, 0, true)),
      ...valueAndGradients([noise([300, 5], 'x')], x => logSumExp(x!)),
    ],
  },
  {
    name: 'fillMissing over NaN',
    of: ['fillMissing'],
    run: () => [fillMissing(tf.tensor1d([1, Number.NaN, 3, Infinity]), tf.tensor1d([1, 0, 0.5, 0]))],
    golden: [[1, 0, 3, 0]],
    tolerance: 0,
  },
  {
    name: 'stopGradient',
    of: ['stopGradient'],
    run: () => valueAndSumGradients([tensor([1, -2, 3])], x => tf.mul(x!, stopGradient(x!))),
    golden: [
      [1, 4, 9],
      [1, -2, 3],
    ],
    tolerance: 0,
  },
];

const batch = () => ({ x: unit([40, 7], 'x'), target: unit([40, 7], 'target') });
const context = () => ({ rng: new Rng(4), training: true });

const dataRows: ParityRow[] = [
  {
    name: 'noise is drawn in JavaScript',
    of: ['Rng'],
    run: () => [
      new Rng(1).normal([200, 3]),
      new Rng(2).uniform([7], { samples: 40 }),
      new Rng(3).forRows([5, 2]).normal([2, 9]),
    ],
    tolerance: 0,
  },
  {
    name: 'fields',
    of: ['toTensor', 'oneHot'],
    run: () => [
      toTensor({ values: Uint8Array.of(0, 51, 255), shape: [3, 1], scale: 1 / 255 }),
      toTensor(oneHot([2, 0], 3)),
    ],
    golden: [
      [0, 0.2, 1],
      [0, 0, 1, 1, 0, 0],
    ],
  },
  {
    name: 'transforms',
    of: ['addNoise', 'dequantisation', 'dynamicBinarisation'],
    run: () =>
      [addNoise({ stddev: 0.3, clip: true }), dequantisation(), dynamicBinarisation()].flatMap(transform => {
        const { x, target } = transform(batch(), context());
        return [x, target!];
      }),
  },
];

/** Each distribution of the oracle's table, method by method. */
const distributionRows: ParityRow[] = oracle.flatMap(({ name, params, make, x, kl = [], ...golden }) => {
  const of = [name.startsWith('Normal') ? 'Normal' : name.startsWith('Standard') ? 'StandardNormal' : 'Bernoulli'];
  const made = () => make(tensorsOf(params));
  const names = Object.keys(params);
  const by = (f: (d: ReturnType<typeof make>) => tf.Tensor) =>
    names.length === 0
      ? [f(made())]
      : valueAndGradients(Object.values(tensorsOf(params)), (...ts) =>
          f(make(Object.fromEntries(names.map((key, i) => [key, ts[i]!])))),
        );
  const rows: ParityRow[] = [
    { name: `${name}: logProb`, of, run: () => by(d => d.logProb(tensor(x))), golden: [flat(golden.logProb)] },
    {
      name: `${name}: logProb with a mask and a sample axis`,
      of,
      run: () => {
        const values = tensor(x);
        const mask = tf.step(noise(values.shape, 'mask'));
        const masked = golden.eventRank > 0 ? [made().logProb(values, { mask })] : [];
        return [
          ...masked,
          ...by(d => d.logProb(tf.stack([values, tf.mul(values, 0.5)]))),
          made().logProbElements!(values),
        ];
      },
    },
    {
      name: `${name}: sample and sampleWithLogProb`,
      of,
      run: () => {
        const { value, logProb } = made().sampleWithLogProb({ rng: new Rng(9), samples: 30 });
        return [made().sample({ rng: new Rng(9) }), value, logProb, made().detach().logProb(tensor(x))];
      },
    },
    {
      name: `${name}: mean, variance and entropy`,
      of,
      run: () => [made().mean(), made().variance!(), made().entropy!(), made().mode!()],
      ...(name !== 'StandardNormal' && {
        golden: [flat(golden.mean), flat(golden.variance!), flat(golden.entropy!)],
      }),
    },
  ];
  return rows.concat(
    kl.map(other => {
      const p = () => other.make(tensorsOf(other.params));
      return {
        name: `${name}: KL to ${other.name}`,
        of: [...of, 'klDivergence'],
        run: () => [...by(d => klDivergence(d, p())), made().klElements!(p())],
        ...(name !== 'StandardNormal' && { golden: [flat(other.expected)] }),
      };
    }),
  );
});

const wideRows: ParityRow[] = [
  {
    name: 'klStandardNormal, |logVar| from 1e-4 to 60',
    of: ['klStandardNormal'],
    run: () => {
      const { mean, logVar } = normal.klStandard;
      return valueAndSumGradients([tensor(mean), tensor(logVar)], (m, lv) => klStandardNormal(m!, lv!));
    },
    golden: [normal.klStandard.y, normal.klStandard.mean, normal.klStandard.gradientLogVar],
  },
  {
    name: 'Bernoulli, logits from −200 to 200',
    of: ['Bernoulli'],
    run: () => {
      const { x, logits } = bernoulli.logMass;
      return valueAndSumGradients([tensor(x), tensor(logits)], (v, l) => new Bernoulli({ logits: l! }).logProb(v!));
    },
    golden: [bernoulli.logMass.y, bernoulli.logMass.logits, bernoulli.logMass.gradientLogits],
  },
];

const posterior = () => new Normal({ mean: tensor(elbo.mean), logVar: tensor(elbo.logVar) });
const prior = () => new Normal({ mean: tensor(elbo.priorMean), logVar: tensor(elbo.priorLogVar) });
const likelihood = () => new Bernoulli({ logits: tensor(elbo.logits) });
const parts = () => ({ x: tensor(elbo.x), likelihood: likelihood(), posterior: posterior() });
const ordered = (t: { loss: tf.Tensor; elbo: tf.Tensor; reconstruction: tf.Tensor; kl: tf.Tensor }) => [
  t.loss,
  t.elbo,
  t.reconstruction,
  t.kl,
];
const orderedGolden = (t: { loss: number; elbo: number; reconstruction: number; kl: number }) => [
  [t.loss],
  [t.elbo],
  [t.reconstruction],
  [t.kl],
];

/** elboLoss with its gradients by logits, mean and log-variance. */
const elboRow = (
  name: string,
  more: () => Partial<ElboLossOptions>,
  golden?: Parameters<typeof orderedGolden>[0],
): ParityRow => ({
  name: `elboLoss, ${name}`,
  of: ['elboLoss'],
  run: () => [
    ...ordered(elboLoss({ ...parts(), ...more() })),
    ...tf.grads(
      (...[logits, mean, logVar]: tf.Tensor[]) =>
        elboLoss({
          ...parts(),
          likelihood: new Bernoulli({ logits: logits! }),
          posterior: new Normal({ mean: mean!, logVar: logVar! }),
          ...more(),
        }).loss,
    )([tensor(elbo.logits), tensor(elbo.mean), tensor(elbo.logVar)]),
  ],
  ...(golden && { golden: orderedGolden(golden) }),
});

const weights = () => tensor(elbo.weights);

const lossRows: ParityRow[] = [
  elboRow('as it is', () => ({}), elbo.standard),
  elboRow('beta 4', () => ({ beta: elbo.beta }), elbo.beta4),
  elboRow('weights', () => ({ weights: weights() }), elbo.weighted),
  elboRow('a mask', () => ({ mask: tensor(elbo.mask) }), elbo.masked),
  elboRow('a learned prior', () => ({ prior: prior() }), elbo.learnedPrior),
  ...(['dimension', 'element', 'total'] as const).map(per =>
    elboRow(`free bits per ${per}, weights`, () => ({ freeBits: { nats: 0.4, per }, weights: weights() })),
  ),
  {
    name: 'elboPerExample, negativeLogLikelihood',
    of: ['elboPerExample', 'negativeLogLikelihood'],
    run: () => {
      const { reconstruction, kl } = elboPerExample({ ...parts(), prior: prior() });
      return [reconstruction, kl, negativeLogLikelihood(likelihood(), tensor(elbo.x), tensor(elbo.mask))];
    },
    golden: [elbo.perExample.reconstruction, elbo.perExample.klToPrior, elbo.perExample.maskedReconstruction],
  },
  {
    name: 'reconstructionLoss and reduceMean over a batch of 600',
    of: ['reconstructionLoss', 'reduceMean', 'freeBitsKl'],
    run: () => {
      const w = unit([600], 'weights');
      const x = unit([600, 5], 'x');
      const kl = tf.square(noise([600, 5], 'kl'));
      return [
        ...valueAndGradients([noise([600, 5], 'logits')], l =>
          reconstructionLoss({ x, likelihood: new Bernoulli({ logits: l! }), weights: w }),
        ),
        ...valueAndGradients([noise([3, 600], 'l')], l => reduceMean(l!, w)),
        ...valueAndGradients([noise([3, 600], 'l')], l => reduceMean(l!)),
        ...valueAndGradients([kl], k => freeBitsKl(k!, { nats: 1 })),
      ];
    },
  },
  ...Object.entries(iwae).flatMap(([name, golden]): ParityRow[] => {
    if (typeof golden === 'string') return [];
    return [
      {
        name: `iwaeLoss, ${name}`,
        of: ['iwaeLoss', 'iwaeBound', 'effectiveSampleSize'],
        run: () => {
          const logWeights = tensor(golden.logWeights);
          const { loss, bound, ess } = iwaeLoss({ logWeights });
          const gradient = tf.grad(w => iwaeLoss({ logWeights: w }).loss)(logWeights);
          return [iwaeBound(logWeights), effectiveSampleSize(logWeights), gradient, loss, bound, ess];
        },
        golden: [golden.perExample.bound, golden.perExample.ess, golden.gradient.flat(), [-golden.bound]],
      },
    ];
  }),
];

/** Runs a layer on tensors, disposes of it, and gives what came out as clones of the caller's. */
function layered(layer: tf.layers.Layer, inputs: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
  const out = layer.apply(inputs, { training: true }) as tf.Tensor | tf.Tensor[];
  const clones = [out].flat().map(t => tf.clone(t));
  layer.dispose();
  return clones;
}

const moments = () => [noise([20, 6], 'mean'), noise([20, 6], 'logVar')];

const layerRows: ParityRow[] = [
  {
    name: 'GaussianHead',
    of: ['GaussianHead'],
    run: () => layered(new GaussianHead({ units: 6, seed: 2 }), noise([20, 50], 'features')),
  },
  {
    name: 'ReparamSampler',
    of: ['ReparamSampler'],
    run: () => layered(new ReparamSampler({ seed: 2, name: 'parity_sampler' }), moments()),
  },
  {
    name: 'Dropout',
    of: ['Dropout'],
    run: () => layered(new Dropout({ rate: 0.4, seed: 2, name: 'parity_dropout' }), noise([20, 50], 'x')),
  },
  {
    name: 'KlDivergenceLayer and its penalty',
    of: ['KlDivergenceLayer'],
    run: () => {
      const layer = new KlDivergenceLayer({ beta: 2 });
      const passed = layer.apply(moments() as [tf.Tensor, tf.Tensor], { training: true });
      const penalties = layer.calculateLosses().map(t => tf.clone(t));
      layer.dispose();
      return [...passed, ...penalties];
    },
  },
];

const dense = (input: number, units: number, seed: number) =>
  tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [input], units, kernelInitializer: tf.initializers.glorotUniform({ seed }) }),
    ],
  });

/** A Vae of one dense layer each way: all that a user calls, values only; its gradients are in the training rows. */
function vaeRow(
  name: string,
  of: string,
  outputs: number,
  decoder: (network: tf.LayersModel) => Vae['decoder'],
): ParityRow {
  return {
    name,
    of: ['Vae', 'GaussianEncoder', of],
    run: () => {
      const encoder = new GaussianEncoder({ network: dense(30, 25, 1), latentDim: 4, seed: 3 });
      const vae = new Vae({ encoder, decoder: decoder(dense(4, outputs, 2)) });
      const x = unit([12, 30], 'x');
      const { params } = encoder.encode(x);
      const out = [
        params.mean,
        params.logVar,
        vae.embed(x),
        vae.reconstruct(x),
        vae.sample(9, { seed: 1 }),
        vae.decode(vae.embed(x)).logProb(x),
      ];
      vae.dispose();
      return out;
    },
  };
}

const modelRows: ParityRow[] = [
  vaeRow('Vae with a Bernoulli', 'BernoulliDecoder', 30, network => new BernoulliDecoder({ network })),
  ...([0.3, 'shared', 'optimal'] as const).map(sigma =>
    vaeRow(
      `Vae with a Gaussian, sigma ${sigma}`,
      'GaussianDecoder',
      30,
      network => new GaussianDecoder({ network, sigma }),
    ),
  ),
  vaeRow(
    'Vae with a Gaussian, sigma perElement',
    'GaussianDecoder',
    60,
    network => new GaussianDecoder({ network, sigma: 'perElement', mean: 'sigmoid' }),
  ),
];

const latentRows: ParityRow[] = [
  {
    name: 'interpolate',
    of: ['interpolate'],
    run: () => {
      const [a, b] = [noise([8, 20], 'a'), noise([8, 20], 'b')];
      return [
        interpolate(a, b, 7),
        interpolate(a, b, 7, { method: 'spherical' }),
        interpolate(a, tf.neg(a), 5, { method: 'spherical' }),
      ];
    },
    // Angles by atan2, then sines: of a sine, WebGPU promises no more than 2⁻¹¹ of absolute error.
    tolerance: 2 ** -11,
  },
  {
    name: 'latentGrid and traverse',
    of: ['latentGrid', 'traverse'],
    run: () => [latentGrid({ latentDim: 2, size: 12 }), traverse(noise([5, 6], 'z'), { dim: [1, 4], steps: 5 })],
  },
  {
    name: 'tileImages',
    of: ['tileImages'],
    run: () => [tileImages(unit([7, 5, 4, 3], 'images'), { columns: 3, padding: 2, background: 0.5 })],
    tolerance: 0,
  },
];

/** How far four steps of an optimizer move a variable, with gradients from 1e-6 to 1. */
function moves(step: (variable: tf.Variable, gradient: tf.Tensor, step: number) => void): tf.Tensor {
  const start = noise([150], 'weights');
  const variable = tf.variable(start, true);
  const sizes = tf.pow(tf.scalar(10), tf.linspace(-6, 0, 150));
  for (let i = 0; i < 4; i++) step(variable, tf.mul(sizes, noise([150], `gradient ${i}`)), i);
  const moved = tf.sub(variable, start);
  variable.dispose();
  return moved;
}

function optimizerRow(name: string, make: () => Optimizer): ParityRow {
  return {
    name: `${name}, four steps`,
    of: [name, 'toTfOptimizer'],
    run() {
      const ours = make();
      const moved = moves((variable, gradient, step) => {
        ours.apply([{ path: 'dense/kernel', variable, gradient }], { step, finite: tf.scalar(1) });
      });
      ours.dispose();
      const theirs = toTfOptimizer(make());
      const same = moves((variable, gradient) => {
        theirs.applyGradients([{ name: variable.name, tensor: gradient }]);
      });
      theirs.dispose();
      return [moved, same];
    },
    // The move of 0.04 is the difference of two numbers near 3, each rounded to 2⁻²³ of itself.
    tolerance: 3e-5,
  };
}

const optimizerRows: ParityRow[] = [
  optimizerRow('Adam', () => new Adam({ learningRate: 0.01 })),
  optimizerRow('AdamW', () => new AdamW({ learningRate: 0.01, weightDecay: 0.1 })),
  optimizerRow('accumulateGradients', () => accumulateGradients(new Adam({ learningRate: 0.02 }), { steps: 2 })),
  optimizerRow('perPart', () => perPart([{ part: () => true, optimizer: new Adam({ learningRate: 0.01 }) }])),
  {
    name: 'ema, five steps',
    of: ['ema'],
    run() {
      const w = tf.variable(noise([150], 'weights'));
      const average = ema({ decay: 0.7 });
      const model = { variables: () => ({ w }), trainableVariables: () => [w] };
      average.setTrainer!({ model } as unknown as TrainerHandle);
      average.onTrainBegin!();
      for (let i = 0; i < 5; i++) {
        w.assign(noise([150], `weights ${i}`));
        average.onStep!();
      }
      average.apply();
      const averaged = tf.clone(w);
      average.dispose();
      w.dispose();
      return [averaged];
    },
  },
];

/** Every public numeric function. A new one joins here, or the suite says that it is missing. */
export const numericRows: readonly ParityRow[] = [
  ...opRows,
  ...dataRows,
  ...distributionRows,
  ...wideRows,
  ...lossRows,
  ...layerRows,
  ...modelRows,
  ...latentRows,
  ...optimizerRows,
];

/** Public names that compute nothing on a device, with the reason. */
export const withoutParity: Readonly<Record<string, string>> = {
  tidy: 'memory',
  drawSeed: 'a number of the host',
  constantSchedule: 'a number of the host',
  cosineSchedule: 'a number of the host',
  cyclicalSchedule: 'a number of the host',
  linearSchedule: 'a number of the host',
  piecewiseSchedule: 'a number of the host',
  warmupSchedule: 'a number of the host',
  sigmoidSchedule: 'a number of the host',
  normalQuantile: 'a number of the host',
  parseIdx: 'bytes of the host',
  readIdx: 'bytes of the host',
  readSafetensors: 'bytes of the host',
  writeSafetensors: 'bytes of the host',
  FileFormatError: 'words',
  blobBytes: 'bytes of the host',
  memoryStore: 'bytes of the host',
  indexedDbStore: 'bytes of the host',
  saveVae: 'bytes of the host',
  loadVae: 'bytes of the host',
  saveWeights: 'bytes of the host',
  loadWeights: 'bytes of the host',
  toLayersModel: 'layers without arithmetic of its own',
  idxRows: 'rows of the host',
  rawRows: 'rows of the host',
  safetensorsRows: 'rows of the host',
  splitDataset: 'rows of the host',
  sprites: 'pixels of the host',
  mnist: 'a download',
  fashionMnist: 'a download',
  browserCache: 'a download',
  registerLayers: 'names',
  freeze: 'flags of the host',
  checkpoint: 'bytes of the host',
  earlyStopping: 'clones alone',
  reduceOnPlateau: 'a number of the host',
  timeBudget: 'a number of the host',
  jsonLines: 'words',
  csvLog: 'words',
  watchLatents: 'reads what functions of the table compute, and adds it up on the host',
  embedAll: 'Vae.embed, batch by batch, read to the host',
  reconstructAll: 'Vae.reconstruct, batch by batch, read to the host',
  scoreAll: 'passes of the model, batch by batch, added up on the host',
  prepareBackend: 'what the suite runs under',
};
