import type { Batch } from '../data/batch';
import { Pacer } from '../data/pacer';
import { sizeOf } from '../data/source';
import type { TrainingData } from '../data/training-data';
import { type OpenData, openData } from '../models/open-data';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { Rng } from '../random/rng';
import { CallbackList, checkCallbacks, paramsOf, type TrainerHandle } from './callbacks';
import { checkSize, couplesExamples } from './check-objective';
import { type Run, runEpoch } from './epoch';
import type { History } from './history';
import { DEFAULT_BATCH_SIZE, FIT_KEYS, type FitOptions, KERAS_HINTS } from './options';
import { stepContext } from './progress';
import type { Stepped } from './stepper';
import type { TrainerParts } from './trainer-parts';

/** The trainer whose `fit` was called. */
export type Trainee = {
  trainer: TrainerHandle & { prepare(): Promise<void> };
  parts(): TrainerParts;
  /** One step. */
  advance(batch: Batch, data: OpenData): Stepped;
  /** Aborted by `stop`. */
  signal: AbortSignal;
};

/** `VaeTrainer.fit`, from the check of its options to the history. */
export async function runFit(trainee: Trainee, data: TrainingData, options: FitOptions): Promise<History> {
  checkKeys('fit', options, FIT_KEYS, KERAS_HINTS);
  const { epochs, totalEpochs, batchSize = DEFAULT_BATCH_SIZE, validationData, signal, shuffle = true } = options;
  if ((epochs === undefined) === (totalEpochs === undefined)) throw new Error('fit: give epochs or totalEpochs');
  checkCount('fit', epochs === undefined ? 'totalEpochs' : 'epochs', (epochs ?? totalEpochs)!);
  checkCount('fit', 'batchSize', batchSize);
  const { trainer } = trainee;
  const parts = trainee.parts();
  const { model, objective, transforms, progress, later } = parts;
  later.pacer ??= new Pacer();
  const stop = () => trainer.stop();
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop);
  let callbacks = new CallbackList();
  try {
    if (options.callbacks) checkCallbacks(options.callbacks);
    callbacks = new CallbackList(options.callbacks);
    const opened = await openData('fit: data', data, model, transforms.length > 0);
    const { source } = opened;
    checkSize(objective, source);
    const validation =
      validationData && (await openData('fit: validationData', validationData, model, transforms.length > 0));
    await trainer.prepare();
    progress.datasetSize = sizeOf(source);
    const end = totalEpochs ?? progress.epoch + epochs!;
    await later.check?.(source, progress.epoch < end);
    later.source = source;
    await callbacks.begin(trainer, paramsOf(source, progress.epoch, end, batchSize));
    later.callbacks = callbacks;
    later.now?.load(callbacks);
    delete later.now;
    const run: Run = {
      data: opened,
      batchSize,
      callbacks,
      progress,
      pacer: later.pacer,
      model,
      skips: options.onNonFinite === 'skip',
      shuffle: shuffle ? new Rng(progress.history.seed).fork('shuffle') : undefined,
      signal: trainee.signal,
      advance: batch => trainee.advance(batch, opened),
      explain: async (batch, step, index, reading) => {
        const { explainFailure } = await import('./explain-failure');
        const replay = { ...parts, batch, context: stepContext(progress, step) };
        return explainFailure(replay, { step, batch: index, epoch: progress.epoch }, reading);
      },
      calibrate:
        source.kind !== 'stream' && couplesExamples(model)
          ? async () => (await import('./calibrate')).calibrate(parts, source, batchSize, trainee.signal)
          : undefined,
      validation:
        validation &&
        (async () => (await import('./evaluate')).objectiveMeans(parts, validation, batchSize, trainee.signal)),
    };
    await callbacks.call('onTrainBegin');
    while (progress.epoch < end && !trainer.stopTraining && (await runEpoch(run)));
    await callbacks.call('onTrainEnd');
    return structuredClone(progress.history); // a copy that later epochs do not change
  } finally {
    signal?.removeEventListener('abort', stop);
    delete later.source;
    await callbacks.call('onTeardown');
  }
}
