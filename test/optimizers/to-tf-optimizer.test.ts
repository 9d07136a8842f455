import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { Adam } from '../../src/optimizers/adam';
import { toTfOptimizer } from '../../src/optimizers/to-tf-optimizer';
import { Rng } from '../../src/random/rng';
import { describeBackends } from '../support/backends';
import { expectClose } from '../support/expect-close';

const rng = new Rng(5);

function network() {
  const dense = (units: number, seed: number) =>
    tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotUniform({ seed }) });
  const input = tf.input({ shape: [4] });
  const layers = [dense(5, 1), dense(1, 2)] as const;
  const model = tf.model({ inputs: input, outputs: layers[1].apply(layers[0].apply(input)) as tf.SymbolicTensor });
  return { model, layers };
}

const weights = (of: tf.LayersModel | tf.layers.Layer) => of.getWeights().flatMap(w => Array.from(w.dataSync()));

async function trained(optimizer: tf.Optimizer): Promise<number[]> {
  const { model } = network();
  const [x, y] = [rng.fork('x').normal([32, 4]), rng.fork('y').normal([32, 1])];
  model.compile({ optimizer, loss: 'meanSquaredError' });
  await model.fit(x, y, { epochs: 20, batchSize: 8, shuffle: false, verbose: 0 });
  const reached = weights(model);
  tf.dispose([x, y]);
  model.dispose();
  return reached;
}

describeBackends('toTfOptimizer', () => {
  test('compile takes it, and fit goes where tf.train.adam goes', async () => {
    const stock = await trained(tf.train.adam(0.01, 0.9, 0.999, 1e-7));
    const ours = await trained(toTfOptimizer(new Adam({ learningRate: 0.01 })));
    expectClose(ours, stock, { tolerance: 1e-4 });
  });

  test('a schedule sees the steps', async () => {
    const seen: number[] = [];
    const learningRate = (step: number) => {
      seen.push(step);
      return 0.01;
    };
    await trained(toTfOptimizer(new Adam({ learningRate })));
    expect(seen).toEqual(Array.from({ length: 80 }, (_, step) => step));
  });

  test('a frozen layer rests, and goes on with its own moments', () => {
    const { model, layers } = network();
    const adam = new Adam({ learningRate: 0.01 });
    const optimizer = toTfOptimizer(adam);
    const step = () =>
      tf.tidy(() => {
        const x = rng.fork('x').normal([8, 4]);
        optimizer.minimize(
          () => tf.mean(tf.square(model.apply(x) as tf.Tensor)),
          false,
          model.trainableWeights.map(w => w.read() as tf.Variable),
        );
      });
    step();
    const slots = Object.keys(adam.variables());
    layers[0].trainable = false;
    const before = layers.map(weights);
    step();
    const after = layers.map(weights);
    expect(after[0]).toEqual(before[0]);
    expect(after[1]).not.toEqual(before[1]);
    layers[0].trainable = true;
    step();
    expect(Object.keys(adam.variables())).toEqual(slots);
    expect(weights(layers[0])).not.toEqual(after[0]);
    optimizer.dispose();
    model.dispose();
  });

  test('its weights take another one to where it stands, schedule included', async () => {
    const learningRate = (step: number) => 0.1 / (1 + step);
    const w = tf.variable(tf.ones([3]) as tf.Tensor);
    const step = (optimizer: tf.Optimizer) =>
      optimizer.minimize(() => tf.sum(tf.mul(tf.square(w), [1, 2, 3])) as tf.Scalar);
    const first = toTfOptimizer(new Adam({ learningRate }));
    for (let i = 0; i < 3; i++) step(first);
    // The state is live: it goes on with the optimizer.
    const state = (await first.getWeights()).map(({ name, tensor }) => ({ name, tensor: tensor.clone() }));
    const reached = tf.clone(w);
    step(first);
    const next = Array.from(w.dataSync());
    const second = toTfOptimizer(new Adam({ learningRate }));
    await second.setWeights(state);
    w.assign(reached);
    step(second);
    expect(Array.from(w.dataSync())).toEqual(next);
    first.dispose();
    second.dispose();
    tf.dispose([w, reached, state.map(({ tensor }) => tensor)]);
  });

  test('gradients that are not finite change nothing, and nothing leaks', () => {
    const start = tf.memory().numTensors;
    const optimizer = toTfOptimizer(new Adam());
    const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, 2, 3])));
    const step = (g: number) =>
      tf.tidy(() => {
        optimizer.minimize(() => tf.sum(tf.mul(variable, g)) as tf.Scalar, false, [variable]);
      });
    step(1);
    const steady = tf.memory().numTensors;
    const before = Array.from(variable.dataSync());
    step(Number.NaN);
    step(Number.POSITIVE_INFINITY);
    expect(Array.from(variable.dataSync())).toEqual(before);
    step(1);
    expect(Array.from(variable.dataSync())).not.toEqual(before);
    expect(tf.memory().numTensors).toBe(steady);
    variable.dispose();
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });

  test('a variable that the loss does not reach stays', () => {
    const optimizer = toTfOptimizer(new Adam());
    const [used, unused] = [0, 1].map(() => tf.tidy(() => tf.variable(tf.scalar(1)))) as [tf.Variable, tf.Variable];
    tf.tidy(() =>
      optimizer.applyGradients([
        { name: used.name, tensor: tf.scalar(1) },
        { name: unused.name, tensor: null as unknown as tf.Tensor },
      ]),
    );
    expect(unused.dataSync()[0]).toBe(1);
    expect(used.dataSync()[0]).toBeLessThan(1);
    tf.dispose([used, unused]);
    optimizer.dispose();
  });
});
