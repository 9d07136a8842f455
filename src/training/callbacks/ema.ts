import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../../ops/check-keys';
import { putValues, toVariables } from '../../variables/put-values';
import type { Variables } from '../../variables/variables';
import { checkSavedTensors, savedNumbers } from '../callback-state';
import { requireTrainer, type TrainerCallback, type TrainerHandle } from '../callbacks';

/** What `ema` takes. */
export type EmaOptions = {
  /** How much of the average stays in each step, in [0, 1). Default 0.999: about the last 1,000 steps. */
  decay?: number;
  /** Whether `validationData` is evaluated on the averaged weights. Default true. */
  evaluate?: boolean;
  /** Whether the average begins short, so that it soon forgets the initial weights. Default true. */
  warmup?: boolean;
  /** The name by which a checkpoint finds its state again. Default `'ema'`. */
  name?: string;
};

/** Averaged weights beside those that are trained. */
export type Ema = TrainerCallback & {
  /** Steps that were averaged. */
  readonly count: number;
  /** Gives the model the averaged weights for good; training that goes on goes on from them. */
  apply(): void;
  /** Calls `f` while the model has the averaged weights, and then gives it its own back, after an error too. */
  use<T>(f: () => T | Promise<T>): Promise<T>;
  /** Disposes of the averages; the model keeps its weights. */
  dispose(): void;
};

/**
 * An exponential moving average of the weights, on the device, after every step:
 * `s ← s + (1 − d)(w − s)`, with `d = min(decay, (1 + n) / (10 + n))` after n steps where `warmup` is on.
 *
 * Polyak & Juditsky 1992 (SIAM J. Control Optim. 30, 838–855) average the iterates; here their weights fade, as is
 * usual for networks. Only variables that gradients train are averaged. Everything else, such as the statistics of a
 * batch normalisation, is used as it stands: those are averages themselves, of activations under the weights of
 * training. A part that is frozen from the start joins when it is thawed. A step that was not finite left the weights
 * as they were, and counts.
 *
 * The average starts from the weights before the first step, and goes on in a later `fit` of the same model; with
 * another model it starts anew. A checkpoint holds averages and count. Call `dispose` when it is no longer needed.
 *
 * @throws When `decay` is not in [0, 1).
 * @example
 * ```ts
 * const average = ema({ decay: 0.999 });
 * await trainer.fit(xTrain, { epochs: 10, validationData: xTest, callbacks: average }); // val_… are of the average
 * const { elbo } = await average.use(() => trainer.evaluate(xTest));
 * average.apply();
 * average.dispose();
 * ```
 */
export function ema(options: EmaOptions = {}): Ema {
  checkKeys('ema', options, ['decay', 'evaluate', 'warmup', 'name'], { momentum: 'decay' });
  const { decay = 0.999, evaluate = true, warmup = true, name = 'ema' } = options;
  if (!(decay >= 0 && decay < 1)) throw new Error(`ema: decay must be in [0, 1), got ${decay}`);
  let trainer: TrainerHandle | undefined;
  let averages: Variables = {};
  let count = 0;
  let own: Variables = {};
  let users = 0;

  const variables = () => requireTrainer('ema', trainer).model.variables();
  const dispose = () => {
    leaveAll();
    tf.dispose(averages);
    averages = {};
    count = 0;
  };
  const enter = () => {
    const all = variables();
    if (users++ > 0) return;
    own = toVariables(pick(all, averages));
    putValues(all, new Map(Object.entries(averages)));
  };
  const leave = () => {
    if (users === 0 || --users > 0) return;
    putValues(variables(), new Map(Object.entries(own)));
    tf.dispose(own);
    own = {};
  };
  const leaveAll = () => {
    while (users > 0) leave();
  };
  /** What is trained now and has no average yet starts with its value now. */
  const join = (all: Variables) => {
    const trained = new Set(requireTrainer('ema', trainer).model.trainableVariables());
    const fresh = Object.entries(all).filter(([path, v]) => !Object.hasOwn(averages, path) && trained.has(v));
    if (fresh.length > 0) averages = { ...averages, ...toVariables(Object.fromEntries(fresh)) };
  };

  return {
    name,
    get count() {
      return count;
    },
    setTrainer(handle) {
      if (trainer && trainer.model !== handle.model) dispose();
      trainer = handle;
    },
    onTrainBegin() {
      // Left over from a run that ended with an error.
      leaveAll();
      join(variables());
    },
    onStep() {
      if (users > 0) throw new Error('ema: a step was made on the averaged weights; train outside of use()');
      const all = variables();
      const keep = warmup ? Math.min(decay, (1 + count) / (10 + count)) : decay;
      tf.tidy(() => {
        for (const [path, variable] of Object.entries(all)) {
          const average = Object.hasOwn(averages, path) ? averages[path] : undefined;
          average?.assign(tf.add(average, tf.mul(1 - keep, tf.sub(variable, average))));
        }
      });
      join(all);
      count++;
    },
    onTestBegin() {
      if (evaluate) enter();
    },
    onTestEnd() {
      if (evaluate) leave();
    },
    apply() {
      if (users > 0) throw new Error('ema: apply() within use() or an evaluation; call it after them');
      putValues(variables(), new Map(Object.entries(averages)));
    },
    async use(f) {
      enter();
      try {
        return await f();
      } finally {
        leave();
      }
    },
    dispose,
    state: () => ({ count }),
    variables: () => averages,
    loadState(state, tensors) {
      const saved = savedNumbers('ema', state, ['count']);
      checkSavedTensors('ema', variables(), tensors);
      dispose();
      averages = toVariables(tensors);
      count = saved.count ?? 0;
    },
  };
}

/** The variables whose paths are among those of others. */
function pick(all: Variables, wanted: Variables): Variables {
  return Object.fromEntries(Object.entries(all).filter(([path]) => Object.hasOwn(wanted, path)));
}
