import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import * as lib from '../src/index';
import * as node from '../src/node/index';
import * as parquet from '../src/parquet/index';

/** An option that nothing reads. */
const wrong = { nosuch: 1 };
const t = () => tf.zeros([2, 3]);
const field = { values: new Float32Array(6), shape: [2, 3] };
const vae = () => lib.mlpVae({ inputShape: [3], latentDim: 2, hidden: [4], seed: 1 });
const trainer = () => new lib.VaeTrainer({ model: vae() });
const bytes = new Blob([new Uint8Array(8)]);

/** Every public function and class that takes options, called with one too many: all else is right, or does not matter. */
// biome-ignore lint/suspicious/noExplicitAny: options that the types refuse are the point.
type Calls = Record<string, (o: any) => unknown>;

const calls: Calls = {
  Rng: o => new lib.Rng(1).normal([2], o),
  linearSchedule: o => lib.linearSchedule({ from: 0, to: 1, steps: 2, ...o }),
  cosineSchedule: o => lib.cosineSchedule({ from: 0, to: 1, steps: 2, ...o }),
  sigmoidSchedule: o => lib.sigmoidSchedule({ from: 0, to: 1, steps: 2, ...o }),
  cyclicalSchedule: o => lib.cyclicalSchedule({ from: 0, to: 1, period: 4, ...o }),
  piecewiseSchedule: o => lib.piecewiseSchedule({ points: [[0, 1]], ...o }),
  saveRun: o => lib.saveRun(o, { epochs: 1 }),
  warmupSchedule: o => lib.warmupSchedule({ steps: 2, to: 1, ...o }),
  toTensor: o => lib.toTensor(field, o),
  idxRows: o => lib.idxRows({ x: bytes, ...o }),
  rawRows: o => lib.rawRows(bytes, { shape: [1], dtype: 'uint8', ...o }),
  urlBytes: o => lib.urlBytes('https://example.org/rows', o),
  parquetRows: o => parquet.parquetRows(bytes, { fields: { x: 'a' }, ...o }),
  splitDataset: o => lib.splitDataset({ x: field.values }, { test: 0.5, ...o }),
  addNoise: o => lib.addNoise(o),
  dequantisation: o => lib.dequantisation(o),
  Beta: o => new lib.Beta({ alpha: t(), beta: t(), ...o }),
  ContinuousBernoulli: o => new lib.ContinuousBernoulli({ logits: t(), ...o }),
  LogNormal: o => new lib.LogNormal({ mean: t(), scale: t(), ...o }),
  StudentT: o => new lib.StudentT({ df: t(), loc: t(), scale: t(), ...o }),
  logNormalFamily: o => lib.logNormalFamily(o),
  studentTFamily: o => lib.studentTFamily({ df: 4, ...o }),
  PowerSpherical: o => new lib.PowerSpherical({ mean: t(), concentration: tf.scalar(1), ...o }),
  SphereUniform: o => new lib.SphereUniform({ shape: [2], ...o }),
  powerSphericalFamily: o => lib.powerSphericalFamily(o),
  Bernoulli: o => new lib.Bernoulli({ logits: t(), ...o }),
  Categorical: o => new lib.Categorical({ logits: t(), ...o }),
  Columns: o => new lib.Columns({ columns: {}, ...o }),
  DiscretizedLogistic: o => new lib.DiscretizedLogistic({ mean: t(), logScale: t(), levels: 4, ...o }),
  DiscretizedLogisticMixture: o =>
    new lib.DiscretizedLogisticMixture({ logits: t(), mean: t(), logScale: t(), levels: 4, ...o }),
  Laplace: o => new lib.Laplace({ loc: t(), scale: t(), ...o }),
  Logistic: o => new lib.Logistic({ loc: t(), scale: t(), ...o }),
  OneHotCategorical: o => new lib.OneHotCategorical({ logits: t(), ...o }),
  LowRankNormal: o => new lib.LowRankNormal({ mean: t(), scale: t(), factor: tf.zeros([2, 3, 1]), ...o }),
  MultivariateNormal: o => new lib.MultivariateNormal({ mean: t(), scaleTril: tf.zeros([2, 3, 3]), ...o }),
  BinaryConcrete: o => new lib.BinaryConcrete({ logits: t(), temperature: 1, ...o }),
  Concrete: o => new lib.Concrete({ logits: t(), temperature: 1, ...o }),
  GumbelSigmoid: o => new lib.GumbelSigmoid({ logits: t(), temperature: 1, ...o }),
  GumbelSoftmax: o => new lib.GumbelSoftmax({ logits: t(), temperature: 1, ...o }),
  Normal: o => new lib.Normal({ mean: t(), logVar: t(), ...o }),
  Poisson: o => new lib.Poisson({ logRate: t(), ...o }),
  Multinomial: o => new lib.Multinomial({ logits: t(), ...o }),
  NegativeBinomial: o => new lib.NegativeBinomial({ logMean: t(), logDispersion: t(), ...o }),
  ZeroInflatedNegativeBinomial: o =>
    new lib.ZeroInflatedNegativeBinomial({ logMean: t(), logDispersion: t(), zeroLogits: t(), ...o }),
  StandardNormal: o => new lib.StandardNormal({ shape: [2], ...o }),
  elboLoss: o => lib.elboLoss({ x: t(), likelihood: new lib.Bernoulli({ logits: t() }), posterior: q(), ...o }),
  elboPerExample: o =>
    lib.elboPerExample({ x: t(), likelihood: new lib.Bernoulli({ logits: t() }), posterior: q(), ...o }),
  freeBitsKl: o => lib.freeBitsKl(t(), { nats: 1, ...o }),
  iwaeLoss: o => lib.iwaeLoss({ logWeights: t(), ...o }),
  reconstructionLoss: o => lib.reconstructionLoss({ x: t(), likelihood: new lib.Bernoulli({ logits: t() }), ...o }),
  Dropout: o => new lib.Dropout({ rate: 0.5, ...o }),
  GaussianHead: o => new lib.GaussianHead({ units: 2, ...o }),
  KlDivergenceLayer: o => new lib.KlDivergenceLayer(o),
  registerLayers: o => lib.registerLayers(o),
  ReparamSampler: o => new lib.ReparamSampler(o),
  gaussianFamily: o => lib.gaussianFamily({ sigma: 1, ...o }),
  categoricalFamily: o => lib.categoricalFamily({ classes: 2, ...o }),
  columnsFamily: o => lib.columnsFamily({ columns: {}, ...o }),
  columnsToInput: o => lib.columnsToInput({ columns: {}, ...o }),
  discretizedLogisticFamily: o => lib.discretizedLogisticFamily(o),
  discretizedLogisticMixtureFamily: o => lib.discretizedLogisticMixtureFamily({ components: 2, ...o }),
  laplaceFamily: o => lib.laplaceFamily(o),
  logisticFamily: o => lib.logisticFamily(o),
  lowRankNormalFamily: o => lib.lowRankNormalFamily({ rank: 1, ...o }),
  multivariateNormalFamily: o => lib.multivariateNormalFamily(o),
  binaryConcreteFamily: o => lib.binaryConcreteFamily({ temperature: 1, ...o }),
  concreteFamily: o => lib.concreteFamily({ classes: 2, temperature: 1, ...o }),
  normalFamily: o => lib.normalFamily(o),
  flowFamily: o => lib.flowFamily({ base: lib.normalFamily(), flow: [lib.planarFlow()], ...o }),
  planarFlow: o => lib.planarFlow(o),
  iafFlow: o => lib.iafFlow(o),
  mafFlow: o => lib.mafFlow(o),
  couplingFlow: o => lib.couplingFlow(o),
  FlowDistribution: o => new lib.FlowDistribution({ base: new lib.StandardNormal({ shape: [2] }), flow: [], ...o }),
  FlowPrior: o => new lib.FlowPrior({ latentDim: 2, flow: [lib.couplingFlow()], ...o }),
  poissonFamily: o => lib.poissonFamily(o),
  multinomialFamily: o => lib.multinomialFamily(o),
  negativeBinomialFamily: o => lib.negativeBinomialFamily(o),
  zeroInflatedNegativeBinomialFamily: o => lib.zeroInflatedNegativeBinomialFamily(o),
  NormalPrior: o => new lib.NormalPrior({ latentDim: 2, ...o }),
  MixturePrior: o => new lib.MixturePrior({ components: 2, latentDim: 2, ...o }),
  VampPrior: o => new lib.VampPrior({ pseudoInputs: 2, inputShape: [3], ...o }),
  NormalMixture: o =>
    new lib.NormalMixture({ logits: tf.zeros([1, 2]), mean: tf.zeros([1, 2, 3]), logVar: tf.zeros([1, 2, 3]), ...o }),
  EqualMixture: o => new lib.EqualMixture({ components: q(), ...o }),
  ParameterHead: o => new lib.ParameterHead({ sizes: { mean: 2 }, ...o }),
  LikelihoodDecoder: o =>
    new lib.LikelihoodDecoder({ network: network(), likelihood: lib.gaussianFamily({ sigma: 1 }), ...o }),
  PosteriorEncoder: o =>
    new lib.PosteriorEncoder({ network: network(), latentDim: 2, posterior: lib.normalFamily(), ...o }),
  ConditionalPrior: o =>
    new lib.ConditionalPrior({ network: network(), family: lib.gaussianFamily({ sigma: 1 }), ...o }),
  BernoulliDecoder: o => new lib.BernoulliDecoder({ network: network(), ...o }),
  GaussianDecoder: o => new lib.GaussianDecoder({ network: network(), sigma: 1, ...o }),
  GaussianEncoder: o => new lib.GaussianEncoder({ network: network(), latentDim: 2, ...o }),
  convVae: o => lib.convVae({ inputShape: [4, 4, 1], latentDim: 2, ...o }),
  mlpVae: o => lib.mlpVae({ inputShape: [3], latentDim: 2, ...o }),
  Vae: o => new lib.Vae({ encoder: vae().encoder, decoder: vae().decoder, ...o }),
  defineObjective: o => lib.defineObjective({ evaluate: () => ({}) as never, ...o }),
  elboObjective: o => lib.elboObjective(o),
  'elboObjective: terms': o => lib.elboObjective({ terms: [{ name: 'a', weight: 1, evaluate: t, ...o }] }),
  iwaeObjective: o => lib.iwaeObjective({ samples: 2, ...o }),
  interpolate: o => lib.interpolate(tf.zeros([2]), tf.ones([2]), 3, o),
  traverse: o => lib.traverse(tf.zeros([1, 2]), { dim: 0, range: 1, steps: 3, ...o }),
  latentGrid: o => lib.latentGrid({ latentDim: 2, size: 2, ...o }),
  tileImages: o => lib.tileImages(tf.zeros([4, 2, 2, 1]), o),
  embedAll: o => lib.embedAll(vae(), field, o),
  reconstructAll: o => lib.reconstructAll(vae(), field, o),
  scoreAll: o => lib.scoreAll(vae(), field, o),
  loadVae: o => lib.loadVae(new Uint8Array(8) as never, o),
  loadTorchWeights: o => lib.loadTorchWeights(vae(), new Uint8Array(8), { names: {}, ...o }),
  saveTorchWeights: o => lib.saveTorchWeights(vae(), { names: {}, ...o }),
  safetensorsRows: o => lib.safetensorsRows(bytes, { fields: { x: 'x' }, ...o }),
  prepareBackend: o => lib.prepareBackend(o),
  accumulateGradients: o => lib.accumulateGradients(new lib.Adam(), { steps: 2, ...o }),
  Adam: o => new lib.Adam(o),
  AdamW: o => new lib.AdamW(o),
  perPart: o => lib.perPart([{ part: 'encoder/', optimizer: new lib.Adam(), ...o }]),
  checkpoint: o => lib.checkpoint({ store: lib.memoryStore(), ...o }),
  earlyStopping: o => lib.earlyStopping(o),
  ema: o => lib.ema(o),
  jsonLines: o => lib.jsonLines(() => {}, o),
  csvLog: o => lib.csvLog(() => {}, o),
  reduceOnPlateau: o => lib.reduceOnPlateau(o),
  timeBudget: o => lib.timeBudget({ seconds: 1, ...o }),
  watchLatents: o => lib.watchLatents({ data: field, onReport: () => {}, ...o }),
  VaeTrainer: o => new lib.VaeTrainer({ model: vae(), ...o }),
  'VaeTrainer.fit': o => trainer().fit(field, { epochs: 1, ...o }),
  'VaeTrainer.evaluate': o => trainer().evaluate(field, o),
  'VaeTrainer.calibrate': o => trainer().calibrate(field, o),
  'VaeTrainer.snapshot': o => trainer().snapshot(o),
  'VaeTrainer.resume': o => trainer().resume(lib.memoryStore(), o),
  'Vae.encode': o => vae().encode(t(), o),
  'Vae.decode': o => vae().decode(tf.zeros([2, 2]), o),
  'Vae.sample': o => vae().sample(2, o),
  sprites: o => lib.sprites({ count: 2, ...o }),
  mnist: o => lib.mnist(o),
  fashionMnist: o => lib.fashionMnist(o),
  idxReader: o => node.idxReader({ x: '/nowhere', ...o }),
  rawReader: o => node.rawReader({ path: '/nowhere', shape: [1], dtype: 'uint8', ...o }),
  safetensorsReader: o => node.safetensorsReader({ path: '/nowhere', fields: { x: 'x' }, ...o }),
  readIdxFolder: o => node.readIdxFolder('/nowhere', o),
  savePng: o => node.savePng('x.png', tf.zeros([2, 2, 1]) as never, o),
  saveScatter: o => node.saveScatter('x.svg', { points: [[0, 1]], ...o }),
  saveCurves: o => node.saveCurves('x.svg', { epoch: [0], history: { loss: [1] }, seed: 1 } as never, o),
  progressBar: o => node.progressBar(o),
};

/** Functions and classes without an object of options. */
const without = (
  'bernoulliFamily continuousBernoulliFamily betaFamily defineFamily defineFlow oneHotCategoricalFamily tableColumns tableValues ' +
  'betaln digamma expm1 lgamma lgammaDifference log1mExp log1p logNormalCdf logSinhc ' +
  'Elementwise expm1MinusX fillMissing logSumExp softClip stopGradient tidy drawSeed constantSchedule blobBytes FileFormatError ' +
  'memoryStore parseIdx readIdx oneHot dynamicBinarisation effectiveSampleSize iwaeBound klDivergence klStandardNormal ' +
  'negativeLogLikelihood reduceMean latentKl latentKlElements sampledKl meanOverBatch passElbo passKl passLogWeights ' +
  'passReconstruction freeze normalQuantile indexedDbStore readSafetensors writeSafetensors saveVae ' +
  'toLayersModel loadWeights saveWeights toTfOptimizer browserCache appendTo file fileBytes fileCache folderStore torchGroup'
).split(' ');

const q = () => new lib.Normal({ mean: t(), logVar: t() });
const network = () => tf.sequential({ layers: [tf.layers.dense({ inputShape: [3], units: 3 })] });

describe('options that nothing reads', () => {
  beforeAll(async () => void (await tf.setBackend('cpu')));

  test.each(Object.entries(calls))('%s refuses them by name', async (_, call) => {
    await expect((async () => call(wrong))()).rejects.toThrow(/unknown option nosuch/);
  });

  test('every public function and class is listed here', () => {
    const named = new Set([...Object.keys(calls), ...without]);
    const all = Object.entries({ ...lib, ...node, ...parquet });
    expect(all.flatMap(([name, value]) => (typeof value === 'function' && !named.has(name) ? [name] : []))).toEqual([]);
  });
});
