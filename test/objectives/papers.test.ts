// What papers add to a loss, each as a term of a few lines: the contract carries them.
import * as tf from '@tensorflow/tfjs';
import {
  elboObjective,
  iwaeObjective,
  type LossTerm,
  logSumExp,
  mlpVae,
  type Objective,
  oneHot,
  VaeTrainer,
} from 'tfjs-vae';
import { expect, test } from 'vitest';
import { describeBackends } from '../support/backends';
import { pixelTensor, variable } from '../support/networks';

const SIZE = 8;
const COUNT = 24;

/** Chen et al. 2018 (arXiv 1802.04942, equation 4), by minibatch-weighted sampling; it needs the size of the data. */
const totalCorrelation: LossTerm = {
  name: 'totalCorrelation',
  weight: 2,
  needs: ['datasetSize', 'factorisedPrior'],
  evaluate({ latents: [latent] }, { x }, { datasetSize }) {
    const { z, posterior } = latent!;
    const pairs = posterior.logProbElements!(tf.expandDims(z, 1)); // log q(z_i | x_j), [batch, batch, units]
    const logSize = Math.log(datasetSize! * x.shape[0]!);
    const joint = tf.sub(logSumExp(tf.sum(pairs, 2), 1), logSize);
    const product = tf.sum(tf.sub(logSumExp(pairs, 1), logSize), 1);
    return { value: tf.sub(joint, product), metrics: { aggregate: tf.mean(joint) as tf.Scalar } };
  },
};

/** Tolstikhin et al. 2018 (arXiv 1711.01558): codes against fresh draws of the prior, with one kernel of width 1. */
const discrepancy: LossTerm = {
  name: 'discrepancy',
  weight: 10,
  evaluate({ latents: [latent] }, _, { rng }) {
    const { z, prior } = latent!;
    const draws = tf.reshape(prior.sample({ rng, samples: z.shape[0]! }), z.shape);
    const kernel = (a: tf.Tensor, b: tf.Tensor) =>
      tf.mean(tf.exp(tf.mul(-0.5, tf.sum(tf.square(tf.sub(tf.expandDims(a, 1), tf.expandDims(b, 0))), 2))));
    return tf.sub(tf.add(kernel(z, z), kernel(draws, draws)), tf.mul(2, kernel(z, draws)));
  },
};

/** A comparison of x and the mean of its likelihood: per example, also behind a sample axis. */
const comparison: LossTerm = {
  name: 'comparison',
  weight: step => Math.min(1, step / 10),
  evaluate: ({ likelihood }, { x }) => tf.sum(tf.abs(tf.sub(likelihood.mean(), x)), -1),
};

/** Labels from z, taken as logits: a row of zeros is an example without label, and costs nothing. */
const labels: LossTerm = {
  name: 'labels',
  weight: 1,
  evaluate({ latents: [latent] }, batch) {
    const logits = tf.logSoftmax(latent!.z as tf.Tensor2D);
    return tf.neg(tf.sum(tf.mul(batch.labels!, logits), -1));
  },
};

/** Kim & Mnih 2018 (arXiv 1802.05983): a discriminator, which learns beside the model, tells z from shuffled z. */
function densityRatio(): LossTerm {
  const kernel = variable([2, 8], 21);
  const output = variable([8, 1], 22);
  const odds = (z: tf.Tensor) =>
    tf.squeeze(tf.matMul(tf.relu(tf.matMul(z as tf.Tensor2D, asMatrix(kernel))), asMatrix(output)), [1]);
  return {
    name: 'densityRatio',
    weight: 1,
    evaluate: ({ latents }) => odds(latents[0]!.z),
    players: () => [
      {
        name: 'judge',
        variables: () => ({ kernel, output }),
        loss: (model, batch, context) =>
          tf.tidy(() => {
            const { z } = model.pass(batch, context).latents[0]!;
            const shuffled = tf.concat(
              tf.split(z, 2, 1).map(unit => tf.gather(unit, Array.from(context.rng.permutation(z.shape[0]!)))),
              1,
            );
            return tf.mean(tf.add(tf.softplus(tf.neg(odds(z))), tf.softplus(odds(shuffled)))) as tf.Scalar;
          }),
        dispose: () => tf.dispose([kernel, output]),
      },
    ],
  };
}

const asMatrix = (v: tf.Variable) => v as tf.Tensor as tf.Tensor2D;

async function trains(terms: () => LossTerm[], objective: (terms: LossTerm[]) => Objective) {
  const start = tf.memory().numTensors;
  const model = mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [8], seed: 1 });
  const trainer = new VaeTrainer({ model, objective: objective(terms()), learningRate: 0.02, seed: 1 });
  const given = oneHot(
    Array.from({ length: COUNT }, (_, i) => i % 2),
    2,
  );
  const data = { x: pixelTensor(COUNT, SIZE), labels: given };
  const before = await trainer.evaluate(data, { batchSize: 12 });
  const { history } = await trainer.fit(data, { epochs: 15, batchSize: 12 });
  const after = await trainer.evaluate(data, { batchSize: 12 });
  expect(Object.values(history).flat().every(Number.isFinite)).toBe(true);
  // Weights change with the step: what is compared is the bound, and the terms by themselves.
  expect(after.elbo).toBeGreaterThan(before.elbo);
  trainer.dispose();
  model.dispose();
  data.x.dispose();
  expect(tf.memory().numTensors).toBe(start);
  return { history, before };
}

describeBackends('what papers add to a loss', () => {
  test('all of them on one ELBO', async () => {
    const terms = () => [totalCorrelation, discrepancy, comparison, labels, densityRatio()];
    const { history, before } = await trains(terms, given => elboObjective({ beta: 0.5, terms: given }));
    for (const name of ['totalCorrelation', 'discrepancy', 'comparison', 'labels', 'densityRatio']) {
      expect(history[name]).toHaveLength(15);
    }
    expect(history['aggregate']).toHaveLength(15);
    expect(history['judgeLoss']).toHaveLength(15);
    expect(history['comparisonWeight']!.at(-1)).toBe(1);
    expect(before).not.toHaveProperty('comparison'); // its weight is 0 before the first step
    expect(history['comparison']!.at(-1)!).toBeLessThan(history['comparison']![0]!);
  });

  test('those of an example on an importance-weighted bound', async () => {
    const { history } = await trains(
      () => [comparison, labels],
      terms => iwaeObjective({ samples: 3, terms }),
    );
    expect(history['labels']!.at(-1)!).toBeLessThan(history['labels']![0]!);
  });
});
