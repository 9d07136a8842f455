/**
 * The public names, in the order of the rooms.
 *
 * @module tfjs-vae
 */

export { betaln } from './ops/betaln';
export { digamma } from './ops/digamma';
export { expm1 } from './ops/expm1';
export { expm1MinusX } from './ops/expm1-minus-x';
export { fillMissing } from './ops/fill-missing';
export { lgamma } from './ops/lgamma';
export { lgammaDifference } from './ops/lgamma-difference';
export { log1mExp } from './ops/log1m-exp';
export { log1p } from './ops/log1p';
export { logNormalCdf } from './ops/log-normal-cdf';
export { logSinhc } from './ops/log-sinhc';
export { logSumExp } from './ops/log-sum-exp';
export { softClip } from './ops/soft-clip';
export { stopGradient } from './ops/stop-gradient';
export { tidy } from './ops/tidy';

export { type DrawOptions, drawSeed, Rng, type RngState } from './random/rng';

export { constantSchedule } from './schedules/constant';
export { cosineSchedule } from './schedules/cosine';
export { type CyclicalScheduleOptions, cyclicalSchedule } from './schedules/cyclical';
export { linearSchedule, type RampOptions } from './schedules/linear';
export { type PiecewiseScheduleOptions, piecewiseSchedule } from './schedules/piecewise';
export type { Schedule } from './schedules/schedule';
export { type SigmoidScheduleOptions, sigmoidSchedule } from './schedules/sigmoid';
export { type WarmupScheduleOptions, warmupSchedule } from './schedules/warmup';

export type { ArrayField } from './data/array-field';
export type { Batch } from './data/batch';
export { type ByteSource, blobBytes } from './data/byte-source';
export { type ColumnsToInputOptions, type ColumnsTransform, columnsToInput } from './data/columns-to-input';
export { FileFormatError } from './data/file-format-error';
export { type FileStore, memoryStore } from './data/file-store';
export { type IdxRowsOptions, idxRows } from './data/idx-rows';
export { parseIdx, readIdx } from './data/idx';
export { oneHot } from './data/one-hot';
export { type RawOptions, type RawType, rawRows } from './data/raw-rows';
export type { FieldShapes, Fields, OpenRowReader, RowReader } from './data/row-reader';
export { type Column, type Split, type SplitOptions, splitDataset } from './data/split-dataset';
export type { ColumnSupport, Support } from './data/support';
export type { ColumnUnits, ColumnValues } from './data/table';
export { type RowRange, toTensor } from './data/to-tensor';
export type { ArrayData, FieldData, StreamData, TrainingData } from './data/training-data';
export { addNoise, type BatchTransform, dequantisation, dynamicBinarisation } from './data/transforms';
export { type UrlBytesOptions, urlBytes } from './data/url-bytes';

export type { PartClass, PartConfig, SaveablePart } from './variables/saveable-part';
export type { VariableFilter } from './variables/variable-filter';
export type { Update, Variables } from './variables/variables';

export { BinaryConcrete, type BinaryConcreteOptions, type BinaryConcreteParams } from './distributions/binary-concrete';
export { Concrete, type ConcreteOptions, type ConcreteParams } from './distributions/concrete';
export { GumbelSigmoid, type GumbelSigmoidOptions } from './distributions/gumbel-sigmoid';
export { GumbelSoftmax, type GumbelSoftmaxOptions, type RelaxationOptions } from './distributions/gumbel-softmax';
export { Bernoulli, type BernoulliOptions, type BernoulliParams } from './distributions/bernoulli';
export { Beta, type BetaOptions, type BetaParams } from './distributions/beta';
export { Categorical, type CategoricalOptions, type CategoricalParams } from './distributions/categorical';
export {
  ContinuousBernoulli,
  type ContinuousBernoulliOptions,
  type ContinuousBernoulliParams,
} from './distributions/continuous-bernoulli';
export { Columns, type ColumnsOptions } from './distributions/columns';
export {
  DiscretizedLogistic,
  type DiscretizedLogisticOptions,
  type DiscretizedLogisticParams,
} from './distributions/discretized-logistic';
export {
  DiscretizedLogisticMixture,
  type DiscretizedLogisticMixtureOptions,
  type DiscretizedLogisticMixtureParams,
} from './distributions/discretized-logistic-mixture';
export type {
  Distribution,
  LogProbOptions,
  SampleOptions,
  SampleWithLogProb,
} from './distributions/distribution';
export { Elementwise } from './distributions/elementwise';
export { Laplace, type LaplaceOptions, type LaplaceParams } from './distributions/laplace';
export { LogNormal, type LogNormalOptions, type LogNormalParams } from './distributions/log-normal';
export { Logistic, type LogisticOptions, type LogisticParams } from './distributions/logistic';
export { LowRankNormal, type LowRankNormalParams } from './distributions/low-rank-normal';
export { MultivariateNormal, type MultivariateNormalParams } from './distributions/multivariate-normal';
export { Multinomial, type MultinomialOptions, type MultinomialParams } from './distributions/multinomial';
export {
  NegativeBinomial,
  type NegativeBinomialOptions,
  type NegativeBinomialParams,
} from './distributions/negative-binomial';
export {
  type MeanAndLogVar,
  Normal,
  type NormalOptions,
  type NormalParams,
  type NormalWithLogVar,
} from './distributions/normal';
export {
  OneHotCategorical,
  type OneHotCategoricalOptions,
  type OneHotCategoricalParams,
} from './distributions/one-hot-categorical';
export { Poisson, type PoissonOptions, type PoissonParams } from './distributions/poisson';
export {
  NormalMixture,
  type NormalMixtureOptions,
  type NormalMixtureParams,
} from './distributions/normal-mixture';
export { EqualMixture, type EqualMixtureOptions } from './distributions/equal-mixture';
export { PowerSpherical, type PowerSphericalOptions, type PowerSphericalParams } from './distributions/power-spherical';
export { SphereUniform, type SphereUniformOptions } from './distributions/sphere-uniform';
export { StandardNormal, type StandardNormalOptions } from './distributions/standard-normal';
export { StudentT, type StudentTOptions, type StudentTParams } from './distributions/student-t';
export {
  ZeroInflatedNegativeBinomial,
  type ZeroInflatedNegativeBinomialOptions,
  type ZeroInflatedNegativeBinomialParams,
} from './distributions/zero-inflated-negative-binomial';

export type { AutoregressiveFlowOptions } from './flows/autoregressive';
export { type CouplingFlowOptions, couplingFlow } from './flows/coupling-flow';
export { defineFlow, type Flow, type FlowContext, type FlowFactory, type FlowResult } from './flows/flow';
export { type BoundFlow, FlowDistribution, type FlowDistributionOptions } from './flows/flow-distribution';
export { iafFlow } from './flows/iaf-flow';
export { mafFlow } from './flows/maf-flow';
export { type PlanarFlowOptions, planarFlow } from './flows/planar-flow';

export { binaryConcreteFamily } from './families/binary-concrete-family';
export { type ConcreteFamilyOptions, concreteFamily } from './families/concrete-family';
export { type PowerSphericalFamilyOptions, powerSphericalFamily } from './families/power-spherical-family';
export type { RelaxedFamilyOptions } from './families/relaxed-options';
export { bernoulliFamily } from './families/bernoulli-family';
export { betaFamily } from './families/beta-family';
export { type CategoricalFamilyOptions, categoricalFamily } from './families/categorical-family';
export { continuousBernoulliFamily } from './families/continuous-bernoulli-family';
export { type ColumnsFamilyOptions, columnsFamily } from './families/columns-family';
export { defineFamily } from './families/define-family';
export type { DispersionOptions } from './families/dispersion';
export type { ExposureOptions } from './families/exposure';
export {
  type DiscretizedLogisticFamilyOptions,
  discretizedLogisticFamily,
} from './families/discretized-logistic-family';
export {
  type DiscretizedLogisticMixtureFamilyOptions,
  discretizedLogisticMixtureFamily,
} from './families/discretized-logistic-mixture-family';
export type { FamilyDeclaration, FamilyFactory } from './families/family-factory';
export type { Family, FamilyContext, RawParameters } from './families/family';
export { type FlowFamilyOptions, flowFamily } from './families/flow-family';
export { type GaussianFamilyOptions, gaussianFamily } from './families/gaussian-family';
export { type LaplaceFamilyOptions, laplaceFamily } from './families/laplace-family';
export { type LogNormalFamilyOptions, logNormalFamily } from './families/log-normal-family';
export { type LogisticFamilyOptions, logisticFamily } from './families/logistic-family';
export { type LowRankNormalFamilyOptions, lowRankNormalFamily } from './families/low-rank-normal-family';
export {
  type MultivariateNormalFamilyOptions,
  multivariateNormalFamily,
} from './families/multivariate-normal-family';
export { type NormalFamilyOptions, normalFamily } from './families/normal-family';
export { oneHotCategoricalFamily } from './families/one-hot-categorical-family';
export {
  type ColumnKind,
  type TableColumns,
  type TableRows,
  type TableValue,
  tableColumns,
  tableValues,
} from './families/table-columns';
export type { ScaleOptions } from './families/scale-link';
export { type MultinomialFamilyOptions, multinomialFamily } from './families/multinomial-family';
export { type NegativeBinomialFamilyOptions, negativeBinomialFamily } from './families/negative-binomial-family';
export { type PoissonFamilyOptions, poissonFamily } from './families/poisson-family';
export { type StudentTFamilyOptions, studentTFamily } from './families/student-t-family';
export {
  type ZeroInflatedNegativeBinomialFamilyOptions,
  zeroInflatedNegativeBinomialFamily,
} from './families/zero-inflated-negative-binomial-family';

export {
  type ElboLoss,
  type ElboLossOptions,
  type ElboOptions,
  type ElboTerms,
  elboLoss,
  elboPerExample,
} from './losses/elbo';
export { type FreeBits, freeBitsKl } from './losses/free-bits';
export { effectiveSampleSize, type IwaeLoss, type IwaeLossOptions, iwaeBound, iwaeLoss } from './losses/iwae';
export {
  type KlDensities,
  klDivergence,
  klStandardNormal,
  latentKl,
  latentKlElements,
  type SampledLatent,
  sampledKl,
} from './losses/kl';
export {
  negativeLogLikelihood,
  type ReconstructionLossOptions,
  reconstructionLoss,
} from './losses/reconstruction';
export { reduceMean } from './losses/reduce';

export { Dropout, type DropoutOptions } from './layers/dropout';
export { GaussianHead, type GaussianHeadOptions } from './layers/gaussian-head';
export { KlDivergenceLayer, type KlDivergenceLayerOptions } from './layers/kl-divergence-layer';
export type { LayerArgs, Moments, SymbolicMoments } from './layers/layer-types';
export { ParameterHead, type ParameterHeadOptions } from './layers/parameter-head';
export { type RegisterLayersOptions, registerLayers } from './layers/register-layers';
export { ReparamSampler, type ReparamSamplerOptions } from './layers/reparam-sampler';

export { BernoulliDecoder, type BernoulliDecoderOptions } from './models/bernoulli-decoder';
export { ConditionalPrior, type ConditionalPriorOptions } from './models/conditional-prior';
export { type ConvVaeOptions, convVae } from './models/conv-vae';
export type { Decoded, DecodeOptions, Decoder, ReconstructOptions } from './models/decoder';
export type { Encoder } from './models/encoder';
export { FlowPrior, type FlowPriorOptions } from './models/flow-prior';
export { freeze } from './models/freeze';
export { GaussianDecoder, type GaussianDecoderOptions } from './models/gaussian-decoder';
export { GaussianEncoder, type GaussianEncoderOptions } from './models/gaussian-encoder';
export { LikelihoodDecoder, type LikelihoodDecoderOptions } from './models/likelihood-decoder';
export { type MlpVaeOptions, mlpVae } from './models/mlp-vae';
export { MixturePrior, type MixturePriorOptions } from './models/mixture-prior';
export type { Context, Latent, Pass, VaeModel } from './models/model';
export type { FunctionNetwork, Network, NetworkCall } from './models/network';
export type { Need } from './models/need';
export { NormalPrior, type NormalPriorOptions } from './models/normal-prior';
export { type MakeHead, PosteriorEncoder, type PosteriorEncoderOptions } from './models/posterior-encoder';
export type { Prior, PriorContext } from './models/prior';
export { VampPrior, type VampPriorOptions } from './models/vamp-prior';
export type { DistributionOf, LikelihoodOf, ReadyMadeDecoder, ReadyMadeOptions } from './models/ready-made';
export type { CallOptions } from './models/run-network';
export { Vae, type VaeOptions } from './models/vae';

export { type DefineObjectiveOptions, defineObjective } from './objectives/define-objective';
export { type Capacity, type ElboObjectiveOptions, elboObjective } from './objectives/elbo-objective';
export { type IwaeObjectiveOptions, iwaeObjective } from './objectives/iwae-objective';
export type { LossTerm, PassContext, TermResult } from './objectives/loss-term';
export type { Objective, Player, StepTerms, Terms } from './objectives/objective';
export {
  meanOverBatch,
  type PassElbo,
  passElbo,
  passKl,
  passLogWeights,
  passReconstruction,
} from './objectives/pass-losses';

export { type InterpolateOptions, interpolate } from './latent/interpolate';
export { type LatentGridOptions, latentGrid } from './latent/latent-grid';
export { normalQuantile } from './latent/normal-quantile';
export { type TileOptions, tileImages } from './latent/tile-images';
export { type TraverseOptions, traverse } from './latent/traverse';

export { embedAll } from './evaluation/embed-all';
export type { InferenceOptions, InferenceProgress } from './evaluation/over-batches';
export { reconstructAll } from './evaluation/reconstruct-all';
export type { Rows } from './evaluation/row-collector';
export { type ScoreOptions, type Scores, scoreAll } from './evaluation/score-all';

export type { Change } from './io/compare-settings';
export type { TensorRecord } from './io/dtypes';
export { indexedDbStore } from './io/indexed-db-store';
export { type LayerClass, type LoadVaeOptions, loadVae } from './io/load-vae';
export type { Json } from './io/plain-json';
export { readSafetensors, type Safetensors, writeSafetensors } from './io/safetensors';
export { saveVae } from './io/save-vae';
export type { FileSource, FileTarget, ReadableFile, WritableFile } from './io/targets';
export { type SafetensorsRowsOptions, safetensorsRows } from './io/safetensors-rows';
export { type NetworkPart, toLayersModel } from './io/to-layers-model';
export { type TorchNames, type TorchPlace, torchExampleNames } from './io/torch-names';
export { loadTorchWeights, saveTorchWeights, type TorchWeightsOptions } from './io/torch-weights';
export { loadWeights, saveWeights, type Weighted } from './io/weights';

export type { BackendChange } from './backends/kernel-patch';
export { type BackendReport, type PrepareBackendOptions, prepareBackend } from './backends/prepare-backend';

export { type AccumulateGradientsOptions, accumulateGradients } from './optimizers/accumulate-gradients';
export { Adam, type AdamOptions } from './optimizers/adam';
export { AdamW, type AdamWOptions } from './optimizers/adam-w';
export type { Gradient, Optimizer, UpdateContext } from './optimizers/optimizer';
export { type PartOptimizer, perPart } from './optimizers/per-part';
export { toTfOptimizer } from './optimizers/to-tf-optimizer';

export type { CallbackState } from './training/callback-state';
export type {
  CallbackHook,
  CallbackParams,
  Callbacks,
  TrainerCallback,
  TrainerHandle,
} from './training/callbacks';
export { type CheckpointOptions, checkpoint } from './training/callbacks/checkpoint';
export { type EarlyStopping, type EarlyStoppingOptions, earlyStopping } from './training/callbacks/early-stopping';
export { type Ema, type EmaOptions, ema } from './training/callbacks/ema';
export {
  type CsvLogOptions,
  csvLog,
  jsonLines,
  type LogLinesOptions,
  type WriteLine,
} from './training/callbacks/log-lines';
export type { MonitorOptions } from './training/callbacks/monitor';
export { type ReduceOnPlateauOptions, reduceOnPlateau } from './training/callbacks/reduce-on-plateau';
export { type TimeBudgetOptions, timeBudget } from './training/callbacks/time-budget';
export {
  type LatentReport,
  type LatentsReport,
  type WatchLatentsOptions,
  watchLatents,
} from './training/callbacks/watch-latents';
export type { Group } from './training/group/group';
export type { History, Logs, Series } from './training/history';
export type { EvaluateOptions, Evaluation, FitOptions } from './training/options';
export type { Progress } from './training/progress';
export type { Resumed, ResumeOptions } from './training/resume';
export { type RunOptions, saveRun } from './training/save-run';
export type { Settings } from './training/settings';
export type { Snapshot, SnapshotOptions } from './training/snapshot';
export { VaeTrainer } from './training/trainer';
export type { VaeTrainerOptions } from './training/trainer-state';

export { browserCache, type DatasetCache } from './datasets/cache';
export type { DownloadOptions } from './datasets/download';
export type { ImageSet } from './datasets/labelled-images';
export { fashionMnist, type LabelledImages, mnist, type TrainAndTest } from './datasets/mnist';
export type { SpriteShape } from './datasets/shape-distance';
export { type Sprites, type SpritesOptions, sprites } from './datasets/sprites';
