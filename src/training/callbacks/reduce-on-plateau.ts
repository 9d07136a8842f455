import { checkCount } from '../../ops/check';
import { checkKeys } from '../../ops/check-keys';
import { savedNumbers } from '../callback-state';
import { requireTrainer, type TrainerCallback, type TrainerHandle } from '../callbacks';
import { MONITOR_KEYS, type MonitorOptions, monitorOf } from './monitor';

/** What `reduceOnPlateau` takes. */
export type ReduceOnPlateauOptions = MonitorOptions & {
  /** What the learning rate is multiplied by, in (0, 1). Default 0.5. */
  factor?: number;
  /** After how many epochs in a row without a better value this is done. Default 3. */
  patience?: number;
  /** The smallest share of its own rate, or schedule, that the optimizer is left with. Default 0. */
  minFactor?: number;
  /** Epochs after a reduction that do not count as waiting. Default 0. */
  cooldown?: number;
  /** The name by which a checkpoint finds its state again. Default `'reduceOnPlateau'`. */
  name?: string;
};

/**
 * Lowers the learning rate when a number of the epoch has not become better for some epochs.
 *
 * `rateFactor ← max(minFactor, factor · rateFactor)`, which the optimizer multiplies its rate by: on top of a schedule,
 * if it has one, and for all parts of `perPart` alike. NaN does not count as an improvement. A later `fit` of the same
 * model goes on with factor, best value and wait; a checkpoint holds them.
 *
 * @throws When an option is out of range, or it is not known whether larger is better. Before training: when the
 * optimizer has no `rateFactor`, as those of `tf.train`. In training: when the logs lack the key.
 * @example
 * ```ts
 * const callbacks = [reduceOnPlateau({ patience: 2 }), earlyStopping({ patience: 8 })];
 * await trainer.fit(xTrain, { epochs: 100, validationData: xTest, callbacks });
 * ```
 */
export function reduceOnPlateau(options: ReduceOnPlateauOptions = {}): TrainerCallback {
  const own = ['factor', 'patience', 'minFactor', 'cooldown', 'name'] as const;
  checkKeys('reduceOnPlateau', options, [...MONITOR_KEYS, ...own], { minLr: 'minFactor, a share of the rate' });
  const { factor = 0.5, patience = 3, minFactor = 0, cooldown = 0, name = 'reduceOnPlateau' } = options;
  const monitor = monitorOf('reduceOnPlateau', options);
  if (!(factor > 0 && factor < 1)) throw new Error(`reduceOnPlateau: factor must be in (0, 1), got ${factor}`);
  if (!(minFactor >= 0 && minFactor < 1)) {
    throw new Error(`reduceOnPlateau: minFactor must be in [0, 1), got ${minFactor}`);
  }
  checkCount('reduceOnPlateau', 'patience', patience);
  if (!Number.isInteger(cooldown) || cooldown < 0) {
    throw new Error(`reduceOnPlateau: cooldown must be a number of epochs, 0 or more, got ${cooldown}`);
  }
  let trainer: TrainerHandle | undefined;
  let best: number | undefined;
  let waited = 0;
  let cooling = 0;
  const optimizer = () => requireTrainer('reduceOnPlateau', trainer).optimizer;

  return {
    name,
    setTrainer(handle) {
      if (handle.optimizer.rateFactor === undefined) {
        throw new Error('reduceOnPlateau: the optimizer has no rateFactor; take Adam or AdamW, or give it one');
      }
      if (trainer && trainer.model !== handle.model) {
        best = undefined;
        waited = 0;
        cooling = 0;
      }
      trainer = handle;
    },
    onEpochEnd(_epoch, logs) {
      const value = monitor.read(logs);
      const isCooling = cooling > 0;
      if (isCooling) cooling--;
      if (monitor.isBetter(value, best)) {
        best = value;
        waited = 0;
        return;
      }
      if (isCooling || ++waited < patience) return;
      waited = 0;
      cooling = cooldown;
      const rate = optimizer();
      // A factor that was set lower by hand is not raised.
      rate.rateFactor = Math.min(rate.rateFactor!, Math.max(minFactor, rate.rateFactor! * factor));
    },
    state: () => ({ rateFactor: optimizer().rateFactor ?? 1, best: best ?? null, waited, cooling }),
    loadState(state) {
      const saved = savedNumbers('reduceOnPlateau', state, ['rateFactor', 'best', 'waited', 'cooling']);
      optimizer().rateFactor = saved.rateFactor ?? 1;
      best = saved.best ?? undefined;
      waited = saved.waited ?? 0;
      cooling = saved.cooling ?? 0;
    },
  };
}
