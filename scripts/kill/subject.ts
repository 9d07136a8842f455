import * as tf from '@tensorflow/tfjs';
import type { ArrayField } from '../../src/data/array-field';
import type { FileStore } from '../../src/data/file-store';
import type { TrainingData } from '../../src/data/training-data';
import { sprites } from '../../src/datasets/sprites';
import { Dropout } from '../../src/layers/dropout';
import { GaussianDecoder } from '../../src/models/gaussian-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import { Vae } from '../../src/models/vae';
import { elboObjective } from '../../src/objectives/elbo-objective';
import { AdamW } from '../../src/optimizers/adam-w';
import { linearSchedule } from '../../src/schedules/linear';
import { checkpoint } from '../../src/training/callbacks/checkpoint';
import { earlyStopping } from '../../src/training/callbacks/early-stopping';
import { ema } from '../../src/training/callbacks/ema';
import { reduceOnPlateau } from '../../src/training/callbacks/reduce-on-plateau';
import { VaeTrainer } from '../../src/training/trainer';
import type { Variables } from '../../src/variables/variables';

const SIZE = 16;
const EPOCHS = 16;
const [COUNT, BATCH] = [444, 12];
/** In an epoch: a multiple of three and one more. */
const STEPS = Math.ceil(COUNT / BATCH);
const EVERY = { steps: 3 };
/** Checkpoints that `checkpoint` keeps unless told otherwise, beside the best one. */
export const KEPT = 2;

/** What a run came to: a hash of all its numbers, and some of them in words; `best` are the steps of the best epoch. */
export type Outcome = { hash: string; steps: number; epochs: number; stoppedEarly: boolean; best: number };

/** Hears of a run: once it has resumed and training begins, and when training is over but nothing is told yet. */
type Watcher = { started?(from: number): void; ending?(): unknown };

/** What pictures are trained as. */
type DataOf = (images: ArrayField) => TrainingData | Promise<TrainingData>;

/**
 * The run that is killed: batch statistics, dropout, an optimal σ², schedules, decayed weights, an average of them,
 * early stopping: all that a checkpoint must bring back. It depends on the seed alone.
 *
 * @param store Where its checkpoints are and go; without one it is the unbroken run.
 * @param dataOf Another form of the same pictures.
 */
export async function trainSubject(
  seed: number,
  store: FileStore | undefined,
  watcher: Watcher = {},
  dataOf: DataOf = images => images,
): Promise<Outcome> {
  const { images } = sprites({ count: COUNT, size: SIZE, seed });
  const test = sprites({ count: 40, size: SIZE, seed: seed + 1 }).images;
  const trainer = new VaeTrainer({
    model: buildModel(seed),
    objective: elboObjective({ beta: linearSchedule({ from: 0, to: 1, steps: 60 }) }),
    optimizer: new AdamW({ learningRate: linearSchedule({ from: 0.01, to: 0.001, steps: 150 }) }),
    clipNorm: 50,
    seed,
  });
  if (store) {
    const resumed = await trainer.resume(store);
    if (resumed && resumed.damaged.length > 0) throw new Error(`damaged: ${JSON.stringify(resumed.damaged)}`);
  }
  const average = ema({ decay: 0.9 });
  const stopping = earlyStopping({ patience: 2, minDelta: seed % 3 === 0 ? 0 : 12 });
  const plateau = reduceOnPlateau({ patience: 1 });
  watcher.started?.(trainer.steps);
  const history = await trainer.fit(await dataOf(images), {
    totalEpochs: EPOCHS,
    batchSize: BATCH,
    validationData: test,
    callbacks: [
      { onTrainEnd: () => watcher.ending?.() },
      average,
      plateau,
      stopping,
      ...(store ? [checkpoint({ store, every: EVERY, monitor: 'val_elbo' })] : []),
    ],
  });
  const hash = await hashOf({
    model: numbers(trainer.model.variables()),
    optimizer: numbers(trainer.optimizer.variables()),
    rateFactor: trainer.optimizer.rateFactor,
    average: numbers(average.variables!()),
    best: stopping.best,
    history,
  });
  const bounds = history.history['val_elbo']!;
  const best = STEPS * (1 + bounds.indexOf(Math.max(...bounds)));
  return { hash, steps: trainer.steps, epochs: trainer.epochs, stoppedEarly: trainer.epochs < EPOCHS, best };
}

function buildModel(seed: number): Vae {
  const dense = (units: number, offset: number) =>
    tf.layers.dense({
      units,
      kernelInitializer: tf.initializers.glorotUniform({ seed: 1 + 10 * seed + offset }),
      activation: units === SIZE * SIZE ? 'linear' : 'elu',
    });
  const network = (shape: number[], layers: tf.layers.Layer[]) => {
    const input = tf.input({ shape });
    const outputs = layers.reduce((h, layer) => layer.apply(h) as tf.SymbolicTensor, input);
    return tf.model({ inputs: input, outputs });
  };
  const shape = [SIZE, SIZE, 1];
  return new Vae({
    encoder: new GaussianEncoder({
      network: network(shape, [
        tf.layers.flatten(),
        dense(32, 1),
        tf.layers.batchNormalization(),
        new Dropout({ rate: 0.2 }),
      ]),
      latentDim: 4,
      seed,
    }),
    decoder: new GaussianDecoder({
      network: network(
        [4],
        [dense(32, 2), new Dropout({ rate: 0.1 }), dense(SIZE * SIZE, 3), tf.layers.reshape({ targetShape: shape })],
      ),
      sigma: 'optimal',
    }),
  });
}

/** By path, in an order that does not depend on who came first. */
function numbers(variables: Variables): [string, number[]][] {
  return Object.entries(variables)
    .map(([path, v]): [string, number[]] => [path, Array.from(v.dataSync())])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** JSON writes each double so that it reads back the same. */
async function hashOf(value: unknown): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(value)));
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
}
