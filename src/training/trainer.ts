import * as tf from '@tensorflow/tfjs';
import { prepareBackend } from '../backends/prepare-backend';
import { type Batch, batchTensors } from '../data/batch';
import { type Source, type TrainingData, toSource } from '../data/source';
import type { BatchTransform } from '../data/transforms';
import type { Context, VaeModel } from '../models/model';
import { boundObjective, unitPrice } from '../objectives/bound-objective';
import type { Objective, StepTerms } from '../objectives/objective';
import { tidy } from '../ops/tidy';
import { Adam } from '../optimizers/adam';
import type { Optimizer } from '../optimizers/optimizer';
import { fromTfOptimizer } from '../optimizers/tf-optimizer';
import { drawSeed, Rng } from '../random/rng';
import { averageOver } from './average-over';
import { Averages } from './averages';
import { batchesOf } from './batches';
import { CallbackList, paramsOf } from './callbacks';
import { checkBatch, checkCount, checkFields, checkNeeds, checkReading, checkSize } from './checks';
import { type Health, rangeOf } from './health';
import { type History, type Logs, record } from './history';
import type { EvaluateOptions, Evaluation, FitOptions, VaeTrainerOptions } from './options';
import { Pacer } from './pacer';
import { ReadQueue } from './read-queue';
import { disposeTerms, type Reading, readTerms } from './read-terms';
import { Stepper } from './stepper';
import { withTransforms } from './transformed';

/** Where training stands: the batches of the epoch that are done, and their means. */
type Place = { epoch: number; batch: number; averages: Averages; size?: number | undefined; batchSize?: number };

/** What the steps of one `fit` share. */
type Run = {
  source: Source;
  batchSize: number;
  shuffle: boolean;
  signal: AbortSignal | undefined;
  callbacks: CallbackList;
};

const DEFAULT_BATCH_SIZE = 128;

/**
 * Trains a VAE: draws batches, steps, keeps the history, evaluates.
 *
 * The same seed gives the same history on one backend. Numbers stay on the device and are read asynchronously, so no
 * step waits for the host, and timers and the page get their turn. An update whose loss or gradients are not finite is
 * not made, and `fit` says so with an error. `fit` may be called again and goes on where it stood.
 *
 * @example
 * ```ts
 * const trainer = new VaeTrainer({ model: vae, objective: elboObjective({ beta: 4 }), seed: 7 });
 * const history = await trainer.fit(xTrain, { epochs: 10, batchSize: 128, validationData: xTest });
 * const { elbo } = await trainer.evaluate(xTest);
 * trainer.dispose();
 * ```
 */
export class VaeTrainer {
  /** What is trained. */
  readonly model: VaeModel;
  /** What is minimised. */
  readonly objective: Objective;
  /** The seed of this trainer, drawn where none was given. */
  readonly seed: number;
  /** Set to true, by a callback for example, to end training after the current epoch. */
  stopTraining = false;
  readonly #transforms: readonly BatchTransform[];
  readonly #stepper: Stepper;
  readonly #rng: Rng;
  readonly #preparesBackend: boolean;
  readonly #past: History;
  /** Of all calls of `fit`: many short ones in a row must yield as well. */
  readonly #pacer = new Pacer();
  #place: Place = { epoch: 0, batch: 0, averages: new Averages() };
  #completed = 0;
  #datasetSize: number | undefined;
  #running = false;

  /**
   * @param options The model, and how it is trained.
   * @throws When options exclude each other or are out of range, or the model lacks what the objective needs.
   */
  constructor(options: VaeTrainerOptions) {
    const { model, objective = boundObjective(unitPrice), clipNorm, seed = drawSeed(), transforms = [] } = options;
    if (typeof model?.pass !== 'function') throw new Error('VaeTrainer: model must be a Vae or have a pass method');
    if (clipNorm !== undefined && !(clipNorm > 0)) {
      throw new Error(`VaeTrainer: clipNorm must be a positive number, got ${clipNorm}`);
    }
    checkNeeds(objective, model);
    this.model = model;
    this.objective = objective;
    this.seed = seed;
    this.#rng = new Rng(seed);
    this.#transforms = transforms;
    this.#preparesBackend = options.prepareBackend ?? true;
    this.#past = { epoch: [], history: {}, seed };
    this.#stepper = new Stepper({
      model,
      objective,
      clipNorm,
      optimizer: chooseOptimizer(options),
      playerOptimizer: ({ learningRate = options.learningRate ?? 1e-3 }) => new Adam({ learningRate }),
    });
  }

  /** Completed optimizer steps. */
  get steps(): number {
    return this.#completed;
  }

  /** Makes the backend ready; `fit` and `evaluate` call it. Call it once before a loop of your own over `step`. */
  async prepare(): Promise<void> {
    await tf.ready();
    if (this.#preparesBackend) await prepareBackend();
  }

  /**
   * One optimizer step, synchronous and not read back.
   *
   * @param batch Its tensors stay the caller's.
   * @returns The terms of the batch before the step: scalars on the device, which the caller disposes of.
   * @throws When the batch does not fit the model.
   */
  step(batch: Batch): StepTerms {
    checkBatch('VaeTrainer.step', batch, this.model);
    const { terms, finite } = this.#advance(batch);
    finite?.dispose();
    return terms;
  }

  /**
   * Trains for some epochs.
   *
   * @param data Tensors, `{ values, shape }` arrays, `{ x, target, condition, … }` of them, a `tf.data.Dataset`, an
   * (async) iterable of batches, or a function that returns one. Tensors of streams are disposed of after their step;
   * given tensors stay the caller's.
   * @param options Epochs, batch size, validation data, callbacks, a signal.
   * @returns The history of all epochs of this trainer so far.
   * @throws Before the first step: when options or data do not fit. During training: when a term is not finite.
   * @example
   * ```ts
   * const { history } = await trainer.fit(xTrain, { epochs: 10, validationData: xTest });
   * const bestEpoch = history.val_elbo!.indexOf(Math.max(...history.val_elbo!));
   * ```
   */
  async fit(data: TrainingData, options: FitOptions): Promise<History> {
    const { epochs, batchSize = DEFAULT_BATCH_SIZE, validationData, signal, shuffle = true } = options;
    checkCount('fit', 'epochs', epochs);
    checkCount('fit', 'batchSize', batchSize);
    if (this.#running) throw new Error('fit: this trainer is training already; await or abort it');
    this.#running = true;
    try {
      const source = await this.#open('fit: data', data);
      checkSize(this.objective, source);
      const validation = validationData && (await this.#open('fit: validationData', validationData));
      await this.prepare();
      this.#datasetSize = sizeOf(source);
      this.stopTraining = false;
      const callbacks = new CallbackList(options.callbacks, this, paramsOf(source, epochs, batchSize));
      const run: Run = { source, batchSize, shuffle, signal, callbacks };
      await callbacks.call('onTrainBegin');
      const end = this.#place.epoch + epochs;
      while (this.#place.epoch < end && !this.stopTraining && (await this.#epoch(run, validation || undefined)));
      await callbacks.call('onTrainEnd');
      return structuredClone(this.#past); // a copy that later epochs do not change
    } catch (error) {
      // The means of a failed epoch lack what was not read back: it starts anew.
      this.#startEpoch(this.#place.epoch);
      throw error;
    } finally {
      this.#running = false;
    }
  }

  /**
   * The objective on a data set, without dropout and updates. The noise of an example depends on the seed and its place
   * in the data alone, so the result does not depend on the batch size and repeats.
   *
   * @param data As for `fit`.
   * @param options The batch size.
   * @returns Means per example, in nats.
   * @throws When the data do not fit the model.
   */
  async evaluate(data: TrainingData, { batchSize = DEFAULT_BATCH_SIZE }: EvaluateOptions = {}): Promise<Evaluation> {
    checkCount('evaluate', 'batchSize', batchSize);
    const source = await this.#open('evaluate: data', data);
    await this.prepare();
    return (await this.#averageOver(source, batchSize)) as Evaluation;
  }

  /** Disposes of the optimizer's state; the model stays. May be called twice. */
  dispose(): void {
    this.#stepper.dispose();
  }

  /** One epoch, or what is left of it. False where it was interrupted. */
  async #epoch(run: Run, validation: Source | undefined): Promise<boolean> {
    const { source, batchSize, shuffle, signal, callbacks } = run;
    const size = sizeOf(source);
    const goesOn = size !== undefined && this.#place.size === size && this.#place.batchSize === batchSize;
    if (!goesOn) this.#startEpoch(this.#place.epoch);
    Object.assign(this.#place, { size, batchSize });
    const { epoch, batch: start, averages } = this.#place;
    await callbacks.call('onEpochBegin', epoch);
    const order =
      shuffle && source.kind === 'rows'
        ? { order: this.#rng.fork('shuffle').fork(epoch).permutation(source.size) }
        : {};
    const queue = new ReadQueue();
    for await (const { index, batch } of batchesOf('fit: data', source, { batchSize, start, ...order })) {
      try {
        if (signal?.aborted) break;
        await callbacks.call('onBatchBegin', index, { batch: index, size: batch.x.shape[0]! });
        await this.#trainOn(batch, index, run, queue, averages);
      } finally {
        tf.dispose(batchTensors(batch));
      }
      this.#place.batch = index + 1;
      await this.#pacer.turn();
    }
    await queue.drain();
    if (signal?.aborted) return false;
    const logs: Logs = averages.means();
    const validated = validation ? await this.#averageOver(validation, batchSize) : {};
    for (const [key, value] of Object.entries(validated)) logs[`val_${key}`] = value;
    record(this.#past, epoch, logs);
    this.#startEpoch(epoch + 1);
    await callbacks.call('onEpochEnd', epoch, logs);
    return true;
  }

  #startEpoch(epoch: number): void {
    this.#place = { epoch, batch: 0, averages: new Averages() };
  }

  /** A step, and how it went. */
  #advance(batch: Batch, source?: Source): { terms: StepTerms } & Health {
    const context = this.#context(this.#rng.fork('train').fork(this.#completed), true);
    const result = withTransforms(batch, this.#transforms, context, b => ({
      ...this.#stepper.run(b, context),
      ...(source && this.#rangeOf(b, source)),
    }));
    this.#completed++;
    return result;
  }

  async #trainOn(batch: Batch, index: number, run: Run, queue: ReadQueue, averages: Averages): Promise<void> {
    const step = this.#completed;
    checkBatch(`fit: batch ${index}`, batch, this.model);
    const { terms, ...health } = this.#advance(batch, run.source);
    const reading = readTerms(terms, batch, health);
    disposeTerms(terms);
    tf.dispose(health);
    await queue.push(reading, async (r: Reading) => {
      checkReading(step, index, r);
      averages.add(r.logs, r.weight);
      if (run.callbacks.has('onBatchEnd')) {
        await run.callbacks.call('onBatchEnd', index, { batch: index, size: batch.x.shape[0]!, ...r.logs });
      }
    });
  }

  #averageOver(source: Source, batchSize: number): Promise<Logs> {
    return averageOver(source, batchSize, this.#pacer, (batch, rows) => {
      checkBatch('evaluate', batch, this.model);
      const context = this.#context(this.#rng.fork('evaluate').forRows(rows), false, sizeOf(source));
      return withTransforms(batch, this.#transforms, context, b => ({
        terms: tidy(() => this.objective.evaluate(this.model, b, context)),
        ...this.#rangeOf(b, source),
      }));
    });
  }

  /** The range of a stream, of what transforms make and of what a mask leaves is seen here first. */
  #rangeOf(batch: Batch, { kind }: Source): Health {
    const unseen = kind === 'stream' || this.#transforms.length > 0 || batch.mask;
    return unseen && this.model.support === 'unitInterval' ? { range: rangeOf(batch) } : {};
  }

  /** @param fallback Size of the data at hand, where nothing has been trained on yet. */
  #context(rng: Rng, training: boolean, fallback?: number): Context {
    const size = this.#datasetSize ?? fallback;
    return { step: this.#completed, rng, training, ...(size !== undefined && { datasetSize: size }) };
  }

  async #open(owner: string, data: TrainingData): Promise<Source> {
    const source = await toSource(owner, data);
    if (source.kind === 'rows') checkFields(owner, source.fields, this.model, this.#transforms.length > 0);
    return source;
  }
}

function sizeOf(source: Source): number | undefined {
  return source.kind === 'rows' ? source.size : undefined;
}

function chooseOptimizer({ optimizer, learningRate }: VaeTrainerOptions): Optimizer {
  if (!optimizer) return new Adam(learningRate === undefined ? {} : { learningRate });
  if (learningRate !== undefined) {
    throw new Error('VaeTrainer: give either an optimizer or a learningRate');
  }
  return 'applyGradients' in optimizer ? fromTfOptimizer(optimizer) : optimizer;
}
