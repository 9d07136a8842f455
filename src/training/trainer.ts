import type { Batch } from '../data/batch';
import type { FileStore } from '../data/file-store';
import type { TrainingData } from '../data/training-data';
import { checkBatch, givenTo } from '../models/check-data';
import type { VaeModel } from '../models/model';
import type { Objective, StepTerms } from '../objectives/objective';
import type { Optimizer } from '../optimizers/optimizer';
import type { History } from './history';
import type { EvaluateOptions, Evaluation, FitOptions } from './options';
import type { Resumed, ResumeOptions } from './resume';
import type { Snapshot, SnapshotOptions } from './snapshot';
import { trainStep } from './train-step';
import { disposeState, newTrainerState, prepare, type TrainerState, type VaeTrainerOptions } from './trainer-state';

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
  /** The optimizer that moves it. */
  readonly optimizer: Optimizer;
  /** Set to true, by a callback for example, to end training after the current epoch. */
  stopTraining = false;
  readonly #state: TrainerState;
  /** Ends the fit that runs. */
  #halt = new AbortController();

  /**
   * @param options The model, and how it is trained.
   * @throws When options exclude each other or are out of range, or the model lacks what the objective needs.
   */
  constructor(options: VaeTrainerOptions) {
    this.#state = newTrainerState(options);
    this.model = this.#state.model;
    this.objective = this.#state.objective;
    this.optimizer = this.#state.optimizer;
  }

  /** The seed of this trainer, drawn where none was given, or that of the run that was resumed. */
  get seed(): number {
    return this.#state.progress.history.seed;
  }

  /** Completed optimizer steps. */
  get steps(): number {
    return this.#state.progress.steps;
  }

  /** Completed epochs. */
  get epochs(): number {
    return this.#state.progress.epoch;
  }

  /** Makes the backend ready; `fit` and `evaluate` call it. Call it once before a loop of your own over `step`. */
  async prepare(): Promise<void> {
    await prepare(this.#state);
  }

  /**
   * One optimizer step, synchronous and not read back.
   *
   * @param batch Its tensors stay the caller's.
   * @returns The terms of the batch before the step: scalars on the device, which the caller disposes of.
   * @throws When the batch does not fit the model, `fit` is under way, or the trainer is one of a group of processes.
   */
  step(batch: Batch): StepTerms {
    this.#refuseWhileBusy('VaeTrainer.step');
    if (this.#state.group && this.#state.group.size > 1) {
      throw new Error('VaeTrainer.step: several processes make their steps in fit, which sums what they have found');
    }
    checkBatch('VaeTrainer.step', batch, givenTo(this.model, this.#state.transforms));
    const { terms, finite } = trainStep(this.#state, batch);
    finite.dispose();
    return terms;
  }

  /**
   * Trains for some epochs.
   *
   * @param data Tensors, `{ values, shape }` arrays, `{ x, target, condition, … }` of them, a `tf.data.Dataset`, an
   * (async) iterable of batches, a function that returns one, or a `RowReader`. Tensors of streams are disposed of
   * after their step; given tensors stay the caller's.
   * @param options Epochs, batch size, validation data, callbacks, a signal.
   * @returns The history of all epochs of this trainer so far.
   * @throws Before the first step: when options or data do not fit. During training: when a term is not finite, or a
   * callback throws, such as `checkpoint` where it cannot write; go on from the last checkpoint then.
   * @example
   * ```ts
   * const { history } = await trainer.fit(xTrain, { epochs: 10, validationData: xTest });
   * const bestEpoch = history.val_elbo!.indexOf(Math.max(...history.val_elbo!));
   * ```
   */
  async fit(data: TrainingData, options: FitOptions = {}): Promise<History> {
    this.#refuseWhileBusy('fit');
    this.#state.activity = 'opening';
    this.stopTraining = false;
    this.#halt = new AbortController();
    try {
      // Loaded only when fit is called: a page that only shows a model does not need it.
      const { runFit } = await import('./run-fit');
      return await runFit(this, this.#state, this.#halt.signal, data, options);
    } finally {
      this.#state.activity = undefined;
    }
  }

  /**
   * Ends training after the current step, or at once where it waits for data: `fit` returns the history so far, and
   * another one goes on from there.
   */
  stop(): void {
    this.#halt.abort();
  }

  /**
   * Everything that a run needs to go on exactly: weights, optimizers, random state, place, history.
   *
   * Call it while `fit` does not run, or from `onIdle` of a callback: in between, the logs of steps that are still on
   * their way would be lost.
   *
   * @returns Its tensors belong to the caller.
   * @throws When called within a step or an epoch of `fit`, or when a resumed run would not be exactly this one, unless
   * `exact` is false.
   */
  async snapshot(options?: SnapshotOptions): Promise<Snapshot> {
    const { takeSnapshot } = await import('./snapshot');
    return takeSnapshot(this.#state, options);
  }

  /**
   * Goes on from the newest checkpoint of a store; `fit` then makes the run that the saved one would have been, bit
   * for bit on one backend and machine.
   *
   * @param from A store such as `checkpoint` writes to, or a snapshot, whose tensors stay the caller's.
   * @param options The last or the best checkpoint.
   * @returns Where training stands now and what was found damaged on the way; nothing where the store is empty.
   * @throws When the checkpoint is of another model, or all are damaged.
   * @example
   * ```ts
   * const store = memoryStore();
   * await trainer.resume(store); // nothing there yet: training starts at the beginning
   * await trainer.fit(xTrain, { totalEpochs: 2, callbacks: checkpoint({ store }) });
   * ```
   */
  async resume(from: FileStore | Snapshot, options?: ResumeOptions): Promise<Resumed | undefined> {
    this.#refuseWhileBusy('resume');
    const { resume } = await import('./resume');
    return resume(this.#state, from, options);
  }

  /**
   * The objective on a data set, without dropout and updates. The noise of an example depends on the seed and its place
   * in the data alone, so the result repeats and does not depend on the batch size, but for the `loss` under `capacity`
   * and free bits per `'dimension'` or in `'total'`: these look at the mean of a batch.
   *
   * @param data As for `fit`.
   * @param options The batch size, and a signal that ends the pass.
   * @returns Means per example, in nats.
   * @throws When the data do not fit the model, or the signal's reason once it is aborted.
   */
  async evaluate(data: TrainingData, options: EvaluateOptions = {}): Promise<Evaluation> {
    const { evaluate } = await import('./evaluate');
    return evaluate(this.#state, data, options);
  }

  /**
   * Measures anew what the model knows about its training set as a whole, under the weights that it has now: the σ² of
   * `sigma: 'optimal'`. `fit` does so at the end of each epoch for data that have a size. Call it before `evaluate` or
   * `saveVae` after streams and after steps of your own, where a running average, which lags, would be used.
   *
   * @param data The training data, as for `fit`; at most 10,000 examples, spread over the whole, are looked at.
   * @param options The batch size.
   * @throws When the data do not fit the model, or while `fit` or another `calibrate` runs.
   */
  async calibrate(data: TrainingData, options: EvaluateOptions = {}): Promise<void> {
    this.#refuseWhileBusy('calibrate');
    this.#state.activity = 'calibrating';
    try {
      const { calibrate } = await import('./calibrate');
      await calibrate(this.#state, data, options);
    } finally {
      this.#state.activity = undefined;
    }
  }

  /**
   * Disposes of the optimizer's state; the model stays. May be called twice.
   *
   * @throws While `fit` is under way: stop and await it first.
   */
  dispose(): void {
    this.#refuseWhileBusy('VaeTrainer.dispose');
    disposeState(this.#state);
  }

  #refuseWhileBusy(owner: string): void {
    const { activity } = this.#state;
    if (activity === 'calibrating') throw new Error(`${owner}: this trainer is calibrating; await it`);
    if (activity) throw new Error(`${owner}: this trainer is training; await or stop it`);
  }
}
