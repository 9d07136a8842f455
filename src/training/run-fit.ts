import { Pacer } from '../data/pacer';
import { sizeOf } from '../data/source';
import type { TrainingData } from '../data/training-data';
import { openData } from '../models/open-data';
import { checkSizeNeeded } from '../objectives/check-needs';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { CallbackList, checkCallbacks, paramsOf, type TrainerHandle } from './callbacks';
import { runEpoch } from './epoch';
import { epochOrder } from './epoch-order';
import type { History } from './history';
import { DEFAULT_BATCH_SIZE, FIT_KEYS, type FitOptions } from './options';
import { startFit } from './progress';
import type { Run, Together } from './run';
import { KERAS_HINTS, prepare, type TrainerState } from './trainer-state';

/** `VaeTrainer.fit`, from the check of its options to the history. */
export async function runFit(
  trainer: TrainerHandle,
  state: TrainerState,
  stopped: AbortSignal,
  data: TrainingData,
  options: FitOptions,
): Promise<History> {
  checkKeys('fit', options, FIT_KEYS, KERAS_HINTS);
  const { epochs, totalEpochs, batchSize = DEFAULT_BATCH_SIZE, signal } = options;
  if ((epochs === undefined) === (totalEpochs === undefined)) throw new Error('fit: give epochs or totalEpochs');
  checkCount('fit', epochs === undefined ? 'totalEpochs' : 'epochs', (epochs ?? totalEpochs)!);
  checkCount('fit', 'batchSize', batchSize);
  const stop = () => trainer.stop();
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop);
  let callbacks = new CallbackList();
  let together: Together | undefined;
  try {
    if (options.callbacks) checkCallbacks(options.callbacks);
    callbacks = new CallbackList(options.callbacks, state.group?.rank);
    const { group } = state;
    if (group && group.size > 1) {
      together = await (await import('./group/together')).openTogether(group, state, options);
    }
    const run = { ...(await openRun(trainer, state, callbacks, stopped, data, options)), together };
    const { progress } = state;
    const end = totalEpochs ?? progress.epoch + epochs!;
    await begin(run, end);
    await callbacks.call('onTrainBegin');
    const goesOn = () => together?.goesOn(run) ?? !trainer.stopTraining;
    while (progress.epoch < end && (await goesOn()) && (await runEpoch(run)));
    await callbacks.call('onTrainEnd');
    return structuredClone(progress.history); // a copy that later epochs do not change
  } finally {
    signal?.removeEventListener('abort', stop);
    delete state.source;
    together?.end();
    await callbacks.call('onTeardown');
  }
}

/** Data that fit the model, and a backend that is ready for them. */
async function openRun(
  trainer: TrainerHandle,
  state: TrainerState,
  callbacks: CallbackList,
  signal: AbortSignal,
  data: TrainingData,
  options: FitOptions,
): Promise<Run> {
  const { batchSize = DEFAULT_BATCH_SIZE, validationData, shuffle, onNonFinite } = options;
  const { model, objective, transforms, progress } = state;
  const opened = await openData('fit: data', data, model, transforms);
  checkSizeNeeded(objective, opened.source);
  const order = await epochOrder(opened.source, shuffle, progress.history.seed);
  const validation = validationData && (await openData('fit: validationData', validationData, model, transforms));
  await prepare(state);
  state.pacer ??= new Pacer();
  return {
    trainer,
    state,
    data: opened,
    validation,
    batchSize,
    callbacks,
    pacer: state.pacer,
    skips: onNonFinite === 'skip',
    order,
    signal,
  };
}

/** Callbacks learn of the run, and get what a resumed one holds for them. */
async function begin(run: Run, end: number): Promise<void> {
  const { trainer, state, data, batchSize, callbacks, together } = run;
  const { progress } = state;
  const { source } = data;
  startFit(progress, sizeOf(source));
  if (state.resumedData) await (await import('./put-snapshot')).checkResumedData(state, source, progress.epoch < end);
  state.source = source;
  await together?.begin(run, end);
  await callbacks.begin(trainer, paramsOf(source, progress.epoch, end, batchSize));
  state.callbacks = callbacks.withState();
  if (state.pendingCallbackState) (await import('./put-snapshot')).loadCallbackState(state);
  state.activity = 'beginning';
}
