// An objective from outside: nothing but public names, as a user writes it.
import * as tf from '@tensorflow/tfjs';
import {
  defineObjective,
  iwaeBound,
  iwaeObjective,
  type LossTerm,
  linearSchedule,
  meanOverBatch,
  mlpVae,
  type Objective,
  passElbo,
  passKl,
  passLogWeights,
  passReconstruction,
  VaeTrainer,
} from 'tfjs-vae';
import { expect, test } from 'vitest';

/** Nats of the KL above a target cost their square (a soft capacity), per example and not for the mean of the batch. */
function softCapacity(target: number, terms: readonly LossTerm[] = []): Objective {
  return defineObjective({
    config: { kind: 'softCapacity', target },
    terms,
    evaluate(pass, batch) {
      const excess = meanOverBatch(tf.square(tf.relu(tf.sub(passKl(pass), target))), batch);
      const bound = passElbo(pass, batch);
      return { ...bound, loss: tf.add(bound.reconstruction, excess), metrics: { excess } };
    },
  });
}

/** Kumar et al. 2018 (arXiv 1711.00848, equation 6): the posterior means are to be uncorrelated, with variance 1. */
function dip(weight: LossTerm['weight']): LossTerm {
  return {
    name: 'dip',
    weight,
    config: { kind: 'dip' },
    evaluate({ latents: [latent] }) {
      const means = latent!.posterior.mean();
      const centred = tf.sub(means, tf.mean(means, 0, true));
      const covariance = tf.div(tf.matMul(centred, centred, true, false), means.shape[0]!);
      return tf.sum(tf.square(tf.sub(covariance, tf.eye(means.shape[1]!))));
    },
  };
}

test('an objective and a term of one’s own train, and everything they report is in the logs', async () => {
  await tf.setBackend('cpu');
  const start = tf.memory().numTensors;
  const vae = mlpVae({ inputShape: [6], latentDim: 2, hidden: [8], seed: 1 });
  const x = tf.tidy(() => tf.sigmoid(tf.mul(3, tf.randomNormal([24, 6], 0, 1, 'float32', 1))));
  const objective = softCapacity(0.5, [dip(linearSchedule({ from: 0, to: 1, steps: 10 }))]);
  const trainer = new VaeTrainer({ model: vae, objective, learningRate: 0.02, seed: 1 });
  const { history } = await trainer.fit(x, { epochs: 20, batchSize: 12, validationData: x });
  expect(history.loss.at(-1)!).toBeLessThan(history.loss[0]! - 0.1);
  expect(Object.keys(history).sort()).toEqual(
    ['dip', 'dipWeight', 'elbo', 'excess', 'kl', 'loss', 'reconstruction']
      .flatMap(key => (key === 'dipWeight' ? [key] : [key, `val_${key}`]))
      .sort(),
  );
  expect(history['dipWeight']!.at(-1)).toBe(1);
  trainer.dispose();
  vae.dispose();
  x.dispose();
  expect(tf.memory().numTensors).toBe(start);
});

/** Li & Turner 2016 (arXiv 1602.02311, equation 5): between the importance-weighted bound (α = 0) and the ELBO (α → 1). */
const renyi = (alpha: number, samples: number): Objective =>
  defineObjective({
    samples,
    evaluate(pass, batch) {
      const powers = tf.mul(1 - alpha, passLogWeights(pass, batch));
      const bound = meanOverBatch(tf.div(iwaeBound(powers), 1 - alpha), batch);
      return { ...passElbo(pass, batch), loss: tf.neg(bound), metrics: { bound } };
    },
  });

test('a bound of several samples: at α = 0 it is that of iwaeObjective', async () => {
  const vae = mlpVae({ inputShape: [6], latentDim: 2, hidden: [8], seed: 1 });
  const x = tf.fill([4, 6], 0.5);
  const bound = async (objective: Objective) => {
    const trainer = new VaeTrainer({ model: vae, objective, seed: 1 });
    const { loss, elbo } = await trainer.evaluate(x);
    trainer.dispose();
    return [loss, elbo];
  };
  expect(await bound(renyi(0, 5))).toEqual(await bound(iwaeObjective({ samples: 5 })));
  expect((await bound(renyi(0.5, 5)))[0]!).toBeGreaterThan((await bound(renyi(0, 5)))[0]!);
  const coupled = mlpVae({ inputShape: [6], latentDim: 2, decoder: { sigma: 'optimal' } });
  expect(() => new VaeTrainer({ model: coupled, objective: renyi(0, 5) })).toThrow("needs 'perExample'");
  coupled.dispose();
  vae.dispose();
  x.dispose();
});

test('without a bound, elbo and kl are left out', async () => {
  const autoencoder = defineObjective({
    evaluate(pass, batch) {
      const reconstruction = meanOverBatch(passReconstruction(pass, batch), batch);
      const norm = meanOverBatch(tf.sum(tf.square(pass.latents[0]!.z), -1), batch);
      return { loss: tf.add(reconstruction, tf.mul(0.1, norm)), reconstruction, metrics: { norm } };
    },
  });
  const vae = mlpVae({ inputShape: [6], latentDim: 2, hidden: [8], seed: 1 });
  const x = tf.fill([4, 6], 0.5);
  const trainer = new VaeTrainer({ model: vae, objective: autoencoder, seed: 1 });
  expect(Object.keys(await trainer.evaluate(x))).toEqual(['loss', 'reconstruction', 'norm']);
  trainer.dispose();
  vae.dispose();
  x.dispose();
});
