// Checked by `tsc`; vitest runs what is left of it at run time.
import * as tf from '@tensorflow/tfjs';
import { describe, expectTypeOf, test } from 'vitest';
import {
  type Bernoulli,
  BernoulliDecoder,
  bernoulliFamily,
  ConditionalPrior,
  type Context,
  type Distribution,
  defineFamily,
  type ElboLoss,
  type Evaluation,
  elboLoss,
  elboObjective,
  type Family,
  type FitOptions,
  GaussianDecoder,
  GaussianEncoder,
  GaussianHead,
  gaussianFamily,
  type History,
  iwaeObjective,
  klStandardNormal,
  LikelihoodDecoder,
  type LossTerm,
  linearSchedule,
  mlpVae,
  Normal,
  normalFamily,
  type Objective,
  type Optimizer,
  type Pass,
  PosteriorEncoder,
  type Prior,
  type Schedule,
  StandardNormal,
  type StepTerms,
  type Terms,
  type TrainerCallback,
  type TrainingData,
  tidy,
  Vae,
  type VaeModel,
  VaeTrainer,
  type VaeTrainerOptions,
  type Variables,
} from '../src/index';
import { mlp } from './support/networks';

const encoder = new GaussianEncoder({ network: mlp([4, 3]), latentDim: 2 });
const decoder = new BernoulliDecoder({ network: mlp([2, 4]) });
const vae = new Vae({ encoder, decoder });

describe('families', () => {
  test('give their distribution to what is built on them', () => {
    const network = mlp([4, 4]);
    const bits = new LikelihoodDecoder({ network, likelihood: bernoulliFamily() });
    expectTypeOf(bits.decode).returns.toEqualTypeOf<Bernoulli>();
    const posterior = new PosteriorEncoder({ network, latentDim: 2, posterior: normalFamily() });
    expectTypeOf(posterior.encode).returns.toExtend<Normal>();
    expectTypeOf(posterior.encode(tf.zeros([1, 4])).params.logVar).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(new Vae({ encoder: posterior, decoder: new BernoulliDecoder({ network: mlp([2, 4]) }) })).toExtend<
      Vae<Normal, Bernoulli>
    >();
    expectTypeOf(new ConditionalPrior({ network, family: normalFamily() })).toExtend<Prior>();
    const made = () => mlpVae({ inputShape: [4], latentDim: 2, decoder: { sigma: 1 }, posterior: bernoulliFamily() });
    expectTypeOf(made).returns.toExtend<Vae<Bernoulli, Normal>>();
  });

  test('know their options and the names of their parameters', () => {
    const unitFamily = defineFamily('unit', ({ scale }: { scale: number }) => ({
      parameters: size => ({ location: size }),
      distribution: ({ location }) => new Normal({ mean: location, scale: tf.scalar(scale) }),
    }));
    expectTypeOf(unitFamily({ scale: 1 }).parameters).returns.toEqualTypeOf<Readonly<Record<'location', number>>>();
    expectTypeOf(unitFamily({ scale: 1 })).toExtend<Family<Normal>>();
    // @ts-expect-error its options have no default
    const bare = () => unitFamily();
    // @ts-expect-error σ is asked for
    const sigma = () => gaussianFamily();
    const other = () =>
      defineFamily('other', () => ({
        parameters: size => ({ mean: size }),
        // @ts-expect-error a parameter that nothing gives
        distribution: ({ mean, width }) => new Normal({ mean, scale: width }),
      }));
    void [bare, sigma, other];
  });
});

describe('a Vae', () => {
  test('knows the distributions of its parts', () => {
    expectTypeOf(vae).toExtend<Vae<Normal, Bernoulli>>();
    expectTypeOf(vae).not.toExtend<Vae<Normal, Normal>>();
    expectTypeOf(vae.encode).returns.toExtend<Normal>();
    expectTypeOf(vae.decode).returns.toEqualTypeOf<Bernoulli>();
    const gaussian = new Vae({ encoder, decoder: new GaussianDecoder({ network: mlp([2, 4]), sigma: 1 }) });
    expectTypeOf(gaussian.decode).returns.toExtend<Normal>();
    expectTypeOf(gaussian.decode).returns.not.toExtend<Bernoulli>();
    expectTypeOf(mlpVae).returns.toExtend<Vae<Normal>>();
    expectTypeOf<Vae<Normal, Bernoulli>>().toExtend<Vae>();
    expectTypeOf(vae).toExtend<VaeModel>();
  });

  test('takes and returns tensors', () => {
    expectTypeOf(vae.reconstruct).returns.toEqualTypeOf<tf.Tensor>();
    expectTypeOf(vae.embed).returns.toEqualTypeOf<tf.Tensor>();
    expectTypeOf(vae.sample).parameters.toEqualTypeOf<
      [count: number, options?: { seed?: number; condition?: tf.Tensor; exposure?: tf.Tensor }]
    >();
    expectTypeOf(vae.variables).returns.toEqualTypeOf<Variables>();
    // @ts-expect-error σ has four spellings
    const wrong = () => new GaussianDecoder({ network: mlp([2, 4]), sigma: 'learned' });
    // @ts-expect-error a network is needed
    const none = () => new GaussianEncoder({ latentDim: 2 });
    void [wrong, none];
  });

  test('posterior parameters have names', () => {
    const posterior = vae.encode(tf.zeros([1, 4]));
    expectTypeOf(posterior.params.mean).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(posterior.params.logVar).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(posterior).toExtend<Distribution>();
    expectTypeOf(posterior.kind).toExtend<string>();
    expectTypeOf(new StandardNormal({ shape: [2] })).toExtend<Distribution>();
  });
});

describe('tidy', () => {
  test('takes and returns distributions, passes and terms', () => {
    expectTypeOf(tidy(() => vae.encode(tf.zeros([1, 4])))).toExtend<Normal>();
    expectTypeOf(tidy(() => vae.encode(tf.zeros([1, 4])))).not.toBeAny();
    expectTypeOf(tidy<Pass>).returns.toEqualTypeOf<Pass>();
    expectTypeOf(tidy<Terms>).returns.toEqualTypeOf<Terms>();
    expectTypeOf<StepTerms>().toExtend<tf.TensorContainer>();
  });

  test('results are types that tf.tidy takes too', () => {
    expectTypeOf<ElboLoss>().toExtend<tf.TensorContainer>();
    expectTypeOf(elboLoss).returns.toEqualTypeOf<ElboLoss>();
    expectTypeOf(klStandardNormal).returns.toExtend<tf.Tensor>();
  });
});

describe('layers', () => {
  test('a head has two outputs that can be taken apart', () => {
    const [mean, logVar] = new GaussianHead({ units: 2 }).apply(tf.input({ shape: [3] }));
    expectTypeOf(mean).toEqualTypeOf<tf.SymbolicTensor>();
    expectTypeOf(logVar).toEqualTypeOf<tf.SymbolicTensor>();
  });
});

describe('the trainer', () => {
  test('takes models, objectives, optimizers, schedules', () => {
    expectTypeOf(VaeTrainer).constructorParameters.toEqualTypeOf<[options: VaeTrainerOptions]>();
    expectTypeOf<VaeTrainerOptions['optimizer']>().toEqualTypeOf<Optimizer | tf.Optimizer | undefined>();
    expectTypeOf(linearSchedule({ from: 0, to: 1, steps: 3 })).toExtend<Schedule>();
    expectTypeOf(linearSchedule({ from: 0, to: 1, steps: 3 })).toExtend<VaeTrainerOptions['learningRate']>();
    expectTypeOf(elboObjective).returns.toEqualTypeOf<Objective>();
    expectTypeOf(iwaeObjective).parameter(0).toEqualTypeOf<{ samples: number; terms?: readonly LossTerm[] }>();
  });

  test('takes data in all their forms', () => {
    expectTypeOf<tf.Tensor2D>().toExtend<TrainingData>();
    expectTypeOf<{ values: Uint8Array; shape: [number, number]; scale: number }>().toExtend<TrainingData>();
    expectTypeOf<{
      x: tf.Tensor;
      condition: tf.Tensor2D;
      labels: { values: Int32Array; shape: number[] };
    }>().toExtend<TrainingData>();
    expectTypeOf<() => AsyncGenerator<tf.Tensor2D>>().toExtend<TrainingData>();
    expectTypeOf<Generator<{ x: tf.Tensor; mask: tf.Tensor }>>().toExtend<TrainingData>();
    expectTypeOf<tf.data.Dataset<{ x: tf.Tensor }>>().toExtend<TrainingData>();
    expectTypeOf<tf.data.Dataset<tf.TensorContainer>>().toExtend<TrainingData>();
    expectTypeOf<{ condition: tf.Tensor }>().not.toExtend<TrainingData>();
    expectTypeOf<number[]>().not.toExtend<TrainingData>();
  });

  test('takes callbacks of tfjs and tfvis', () => {
    expectTypeOf<ReturnType<typeof tf.callbacks.earlyStopping>>().toExtend<NonNullable<FitOptions['callbacks']>>();
    expectTypeOf<tf.CustomCallbackArgs>().toExtend<NonNullable<FitOptions['callbacks']>>();
    // What tfvis.show.fitCallbacks returns.
    expectTypeOf<{ [hook: string]: (n: number, logs: tf.Logs) => Promise<void> }>().toExtend<
      NonNullable<FitOptions['callbacks']>
    >();
    expectTypeOf<TrainerCallback[]>().toExtend<NonNullable<FitOptions['callbacks']>>();
  });

  test('returns a history and numbers', () => {
    expectTypeOf<VaeTrainer['fit']>().returns.resolves.toEqualTypeOf<History>();
    expectTypeOf<History['history']['loss']>().toEqualTypeOf<number[]>();
    expectTypeOf<History['history']['reconstruction']>().toEqualTypeOf<number[]>();
    expectTypeOf<History['history']>().toExtend<Record<string, number[]>>();
    expectTypeOf<VaeTrainer['evaluate']>().returns.resolves.toEqualTypeOf<Evaluation>();
    expectTypeOf<Evaluation['elbo']>().toEqualTypeOf<number>();
    expectTypeOf<VaeTrainer['step']>().returns.toEqualTypeOf<StepTerms>();
    expectTypeOf<Terms['kl']>().toEqualTypeOf<tf.Scalar | undefined>();
  });
});

describe('the seams', () => {
  test('a model, a prior and an objective of one’s own', () => {
    expectTypeOf<{
      pass(batch: { x: tf.Tensor }, context: Context): Pass;
      variables(): Variables;
      trainableVariables(): tf.Variable[];
    }>().toExtend<VaeModel>();
    expectTypeOf<{ distribution(): Normal; variables(): Variables }>().toExtend<Prior>();
    expectTypeOf<{ evaluate(model: VaeModel): Terms }>().toExtend<Objective>();
    expectTypeOf<{ evaluate(model: VaeModel): tf.Scalar }>().not.toExtend<Objective>();
  });
});
