import * as tf from '@tensorflow/tfjs';
import { mlpVae } from '../../../src/models/mlp-vae';
import type { VaeModel } from '../../../src/models/model';
import { Adam } from '../../../src/optimizers/adam';
import type { Optimizer } from '../../../src/optimizers/optimizer';
import type { TrainerCallback, TrainerHandle } from '../../../src/training/callbacks';
import type { Logs } from '../../../src/training/history';

const SIZE = 6;

export const smallVae = () => mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [5], seed: 1 });

/** What a callback sees of a trainer, for calling its hooks by hand. */
export type Hand = TrainerHandle & { steps: number; stops: number };

export function handOf(model: VaeModel, optimizer: Optimizer = new Adam()): Hand {
  const hand: Hand = {
    model,
    optimizer,
    steps: 0,
    stopTraining: false,
    stops: 0,
    stop: () => void hand.stops++,
    snapshot: async () => {
      throw new Error('no snapshots by hand');
    },
  };
  return hand;
}

/** A run of epochs with the given logs; `train` is called in each. Returns how many epochs there were. */
export async function epochs(
  callback: TrainerCallback,
  hand: Hand,
  logs: readonly Logs[],
  { first = 0, train = (_epoch: number) => {} } = {},
): Promise<number> {
  hand.stopTraining = false;
  await callback.onTrainBegin?.();
  let epoch = first;
  for (const log of logs) {
    await callback.onEpochBegin?.(epoch);
    train(epoch);
    await callback.onTestBegin?.();
    await callback.onTestEnd?.();
    await callback.onEpochEnd?.(epoch++, log);
    if (hand.stopTraining) break;
  }
  await callback.onTrainEnd?.();
  return epoch - first;
}

/** Every weight becomes `value`. */
export function setAll(model: VaeModel, value: number): void {
  tf.tidy(() => {
    for (const variable of Object.values(model.variables())) variable.assign(tf.fill(variable.shape, value));
  });
}

/** The state of a callback as a checkpoint would give it back: JSON, and tensors of the caller. */
export function saved(callback: TrainerCallback) {
  const tensors = Object.entries(callback.variables?.() ?? {}).map(([path, v]) => [path, tf.mul(v, 1)] as const);
  return {
    state: JSON.parse(JSON.stringify(callback.state!())),
    tensors: Object.fromEntries(tensors) as tf.NamedTensorMap,
  };
}
