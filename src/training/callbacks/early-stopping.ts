import * as tf from '@tensorflow/tfjs';
import { checkCount } from '../../ops/check';
import { checkKeys } from '../../ops/check-keys';
import { putValues, toVariables } from '../../variables/put-values';
import type { Variables } from '../../variables/variables';
import { checkSavedTensors, savedNumbers } from '../callback-state';
import { requireTrainer, type TrainerCallback, type TrainerHandle } from '../callbacks';
import { MONITOR_KEYS, type MonitorOptions, monitorOf } from './monitor';

/** What `earlyStopping` takes. */
export type EarlyStoppingOptions = MonitorOptions & {
  /** Epochs in a row without a better value after which training ends. Default 5. */
  patience?: number;
  /** Whether the model gets the weights of the best epoch at the end. Default true. */
  restoreBest?: boolean;
  /** Epochs before this one do not count; for a β that is still rising. Default 0. */
  startFromEpoch?: number;
  /** The name by which a checkpoint finds its state again. Default `'earlyStopping'`. */
  name?: string;
};

/** Ends training in time, and keeps the best weights. */
export type EarlyStopping = TrainerCallback & {
  /** The best epoch so far and its value; undefined before there is one. */
  readonly best:
    | {
        /** Its number, from 0. */
        readonly epoch: number;
        /** The value of what is monitored. */
        readonly value: number;
      }
    | undefined;
  /** Whether it ended the last run. */
  readonly stopped: boolean;
  /** Gives the model the weights of the best epoch, after a run that ended with an error for example. */
  restore(): void;
  /** Disposes of the best weights; the model keeps its own. */
  dispose(): void;
};

/**
 * Ends training when a number of the epoch has not become better for some epochs, and restores the best weights: all
 * of `model.variables()`, the statistics of a batch normalisation included.
 *
 * After Prechelt 1998 ("Early stopping – but when?"), with a patience. The true ELBO is watched,
 * larger being better; a training loss would change with β. NaN does not count as an improvement. The weights kept are
 * those that were evaluated, so listed after `ema` it keeps the averaged ones.
 *
 * They are restored whenever training ends without an error, by an abort too; to go on exactly from an abort, resume
 * from a checkpoint or give `restoreBest: false`. A later `fit` of the same model goes on: the best so far stays, and
 * the wait starts anew if this callback ended the run before. With another model everything starts anew. A checkpoint
 * holds the best value, its epoch and weights, and the wait. Call `dispose` when it is no longer needed.
 *
 * @throws When an option is out of range, or it is not known whether larger is better. In training: when the logs lack
 * the key.
 * @example
 * ```ts
 * const stopping = earlyStopping({ patience: 3 });
 * await trainer.fit(xTrain, { epochs: 100, validationData: xTest, callbacks: stopping });
 * const { best } = stopping; // { epoch, value }
 * stopping.dispose();
 * ```
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): EarlyStopping {
  const own = ['patience', 'restoreBest', 'startFromEpoch', 'name'] as const;
  checkKeys('earlyStopping', options, [...MONITOR_KEYS, ...own], { restoreBestWeights: 'restoreBest' });
  const { patience = 5, restoreBest = true, startFromEpoch = 0, name = 'earlyStopping' } = options;
  const monitor = monitorOf('earlyStopping', options);
  checkCount('earlyStopping', 'patience', patience);
  if (!Number.isInteger(startFromEpoch) || startFromEpoch < 0) {
    throw new Error(`earlyStopping: startFromEpoch must be an epoch, 0 or more, got ${startFromEpoch}`);
  }
  let trainer: TrainerHandle | undefined;
  let best: { epoch: number; value: number } | undefined;
  let waited = 0;
  let stopped = false;
  let bestWeights: Variables = {};
  let evaluated: Variables | undefined;

  const dispose = () => {
    tf.dispose([bestWeights, evaluated ?? {}]);
    bestWeights = {};
    evaluated = undefined;
  };
  const weightsNow = () => toVariables(requireTrainer('earlyStopping', trainer).model.variables());
  const restore = () =>
    putValues(requireTrainer('earlyStopping', trainer).model.variables(), new Map(Object.entries(bestWeights)));

  return {
    name,
    get best() {
      return best && { ...best };
    },
    get stopped() {
      return stopped;
    },
    setTrainer(handle) {
      if (trainer && trainer.model !== handle.model) {
        dispose();
        best = undefined;
        waited = 0;
      }
      trainer = handle;
    },
    onTrainBegin() {
      if (stopped) waited = 0;
      // A run that it had ended before it was resumed ends at once.
      stopped = waited >= patience;
      if (stopped) requireTrainer('earlyStopping', trainer).stopTraining = true;
    },
    onTestBegin() {
      if (!restoreBest) return;
      tf.dispose(evaluated ?? {});
      evaluated = weightsNow();
    },
    onEpochEnd(epoch, logs) {
      const value = monitor.read(logs);
      const candidate = evaluated;
      evaluated = undefined;
      if (epoch >= startFromEpoch && monitor.isBetter(value, best?.value)) {
        best = { epoch, value };
        waited = 0;
        if (!restoreBest) return;
        tf.dispose(bestWeights);
        bestWeights = candidate ?? weightsNow();
        return;
      }
      tf.dispose(candidate ?? {});
      if (epoch < startFromEpoch || ++waited < patience) return;
      stopped = true;
      requireTrainer('earlyStopping', trainer).stopTraining = true;
    },
    onTrainEnd: () => {
      if (restoreBest) restore();
    },
    restore,
    dispose,
    state: () => ({ best: best?.value ?? null, epoch: best?.epoch ?? null, waited }),
    variables: () => bestWeights,
    loadState(state, tensors) {
      const saved = savedNumbers('earlyStopping', state, ['best', 'epoch', 'waited']);
      checkSavedTensors('earlyStopping', requireTrainer('earlyStopping', trainer).model.variables(), tensors);
      dispose();
      best = saved.best === null || saved.epoch === null ? undefined : { epoch: saved.epoch, value: saved.best };
      waited = saved.waited ?? 0;
      stopped = false;
      bestWeights = toVariables(tensors);
    },
  };
}
