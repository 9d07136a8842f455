import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TrainingData } from '../../src/data/training-data';
import { Normal } from '../../src/distributions/normal';
import type { VaeModel } from '../../src/models/model';
import { accumulateGradients } from '../../src/optimizers/accumulate-gradients';
import { Rng } from '../../src/random/rng';
import { VaeTrainer } from '../../src/training/trainer';
import { describeBackends } from '../support/backends';
import { expectClose } from '../support/expect-close';

/** One learned number, N(x; m, 1): the optimum is the weighted mean of x, whatever the batches are. */
function meanModel(): VaeModel & { m: tf.Variable } {
  const m = tf.tidy(() => tf.variable(tf.zeros([1]), true));
  return {
    m,
    pass: ({ x }) => {
      const mean = tf.broadcastTo(m, x.shape);
      return { latents: [], likelihood: new Normal({ mean, logVar: tf.zerosLike(mean) }) };
    },
    variables: () => ({ m }),
    trainableVariables: () => [m],
  };
}

/** x = 0 with weight 99 and x = 1 with weight 1, in turn: Σwx/Σw is 0.01. */
const COUNT = 320;
const x = { values: Float32Array.from({ length: COUNT }, (_, i) => i % 2), shape: [COUNT, 1] };
const weights = { values: Float32Array.from({ length: COUNT }, (_, i) => (i % 2 ? 1 : 99)), shape: [COUNT] };

const pick = (rows: ArrayLike<number>) => ({
  x: { values: Float32Array.from(rows, i => x.values[i]!), shape: [rows.length, 1] },
  weights: { values: Float32Array.from(rows, i => weights.values[i]!), shape: [rows.length] },
});

/** Batches with every share of ones. */
function* mixed(batchSize: number) {
  const order = new Rng(3).permutation(COUNT);
  for (let first = 0; first < COUNT; first += batchSize) yield pick(order.subarray(first, first + batchSize));
}

const forms: Record<string, (batchSize: number) => TrainingData> = {
  arrays: () => ({ x, weights }),
  'a reader that knows the mean weight': () => ({
    kind: 'rowReader',
    size: COUNT,
    shapes: { x: [COUNT, 1], weights: [COUNT] },
    read: async rows => pick(rows),
    meanWeight: async () => 50,
  }),
  'a reader that does not': () => ({
    kind: 'rowReader',
    size: COUNT,
    shapes: { x: [COUNT, 1], weights: [COUNT] },
    read: async rows => pick(rows),
  }),
  'a stream': batchSize => () => mixed(batchSize),
};

/** The mean of the iterates after the first epochs: an estimate of the optimum. */
async function learned(data: TrainingData, batchSize: number): Promise<number> {
  const model = meanModel();
  const trainer = new VaeTrainer({ model, optimizer: tf.train.sgd(0.02 * Math.min(batchSize, 8)), seed: 5 });
  const iterates: number[] = [];
  await trainer.fit(data, {
    epochs: 4,
    batchSize,
    callbacks: { onStep: () => void (trainer.epochs >= 2 && iterates.push(model.m.dataSync()[0]!)) },
  });
  trainer.dispose();
  model.m.dispose();
  return iterates.reduce((a, b) => a + b, 0) / iterates.length;
}

describe('training on weighted examples has the optimum Σwx / Σw', () => {
  // An example moves the estimate by w(x − 0.01)/50, which is ±0.0198; three standard errors of two epochs.
  const error = (3 * 0.0198) / Math.sqrt(2 * COUNT);
  beforeAll(async () => void (await tf.setBackend('cpu')));
  describe.each(Object.entries(forms))('%s', (name, data) => {
    test.each(name.includes('reader') ? [8] : [1, 8, 64])('batches of %d', async batchSize => {
      expect(Math.abs((await learned(data(batchSize), batchSize)) - 0.01)).toBeLessThan(error);
    });
  });

  test('with steps of a loop', async () => {
    const model = meanModel();
    const trainer = new VaeTrainer({ model, optimizer: tf.train.sgd(0.02), seed: 5 });
    let sum = 0;
    for (let epoch = 0; epoch < 4; epoch++) {
      for (const fields of mixed(1)) {
        tf.tidy(
          () => void trainer.step({ x: tf.tensor(fields.x.values, [1, 1]), weights: tf.tensor(fields.weights.values) }),
        );
        if (epoch >= 2) sum += model.m.dataSync()[0]!;
      }
    }
    expect(Math.abs(sum / (2 * COUNT) - 0.01)).toBeLessThan(error);
    trainer.dispose();
    model.m.dispose();
  });
});

describeBackends('weights in a step', () => {
  const stepped = (data: [number[], number[]?][], optimizer: Parameters<typeof accumulateGradients>[0]) => {
    const model = meanModel();
    const trainer = new VaeTrainer({ model, optimizer, seed: 1 });
    for (const [values, w] of data) {
      tf.tidy(
        () => void trainer.step({ x: tf.tensor2d(values, [values.length, 1]), ...(w && { weights: tf.tensor1d(w) }) }),
      );
    }
    const [m] = model.m.dataSync();
    trainer.dispose();
    model.m.dispose();
    return m!;
  };

  test('the gradient of a batch is Σwg / (B·w̄), while the logs are means Σwℓ / Σw', async () => {
    const model = meanModel();
    const trainer = new VaeTrainer({ model, optimizer: tf.train.sgd(1), seed: 1 });
    const x = { values: Float32Array.of(1, 2, 4, 2), shape: [4, 1] };
    const weights = { values: Float32Array.of(1, 1, 0, 4), shape: [4] };
    const { history } = await trainer.fit({ x, weights }, { epochs: 1, batchSize: 2, shuffle: false });
    // w̄ is 1.5: the first step goes from 0 by (1 + 2)/3, the second from 1 by 4(2 − 1)/3.
    expectClose([model.m.dataSync()[0]!], [1 + 4 / 3]);
    // −log N(x; m, 1) = (x − m)²/2 + ½ log 2π
    expectClose(history['loss']!, [(0.5 + 2 + 4 * 0.5) / 6 + Math.log(2 * Math.PI) / 2]);
    trainer.dispose();
    model.m.dispose();
  });

  test('a batch whose weights are all 0 changes nothing', () => {
    expect(
      stepped(
        [
          [
            [1, 2],
            [0, 0],
          ],
        ],
        tf.train.sgd(1),
      ),
    ).toBe(0);
  });

  test('accumulated micro-batches of unequal size and weight give the update of the whole', () => {
    const whole = stepped([[[1, 2, 4, 0, 3]]], tf.train.sgd(1));
    expectClose([whole], [2]);
    expectClose([stepped([[[1, 2, 4, 0]], [[3]]], accumulateGradients(tf.train.sgd(1), { steps: 2 }))], [whole]);
    expectClose([stepped([[[3]], [[1, 2, 4, 0]]], accumulateGradients(tf.train.sgd(1), { steps: 2 }))], [whole]);
  });

  test('the running mean weight of a stream is saved with the rest, and nothing is left behind', async () => {
    const make = () => {
      const model = meanModel();
      return { model, trainer: new VaeTrainer({ model, optimizer: tf.train.sgd(0.1), seed: 1 }) };
    };
    const steps = (trainer: VaeTrainer, batches: [number[], number[]][]) => {
      for (const [values, w] of batches) {
        tf.tidy(() => void trainer.step({ x: tf.tensor2d(values, [values.length, 1]), weights: tf.tensor1d(w) }));
      }
    };
    const start = tf.memory().numTensors;
    const [whole, first, second] = [make(), make(), make()];
    const before: [number[], number[]][] = [
      [
        [1, 2],
        [1, 3],
      ],
      [[5], [4]],
    ];
    const after: [number[], number[]][] = [
      [
        [2, 1, 1],
        [1, 1, 7],
      ],
      [
        [3, 3],
        [2, 0],
      ],
    ];
    steps(whole.trainer, [...before, ...after]);
    steps(first.trainer, before);
    const snapshot = await first.trainer.snapshot({ exact: false });
    expect(Object.keys(snapshot.tensors)).toContain('weights/mean');
    await second.trainer.resume(snapshot);
    steps(second.trainer, after);
    expect(second.model.m.dataSync()).toEqual(whole.model.m.dataSync());
    tf.dispose(snapshot.tensors);
    for (const { model, trainer } of [whole, first, second]) {
      trainer.dispose();
      model.m.dispose();
    }
    expect(tf.memory().numTensors).toBe(start);
  });
});
