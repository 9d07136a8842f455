import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { mlpVae } from '../../src/models/mlp-vae';
import type { Vae } from '../../src/models/vae';
import { iwaeObjective } from '../../src/objectives/iwae-objective';
import type { Objective } from '../../src/objectives/objective';
import { Rng } from '../../src/random/rng';
import { VaeTrainer } from '../../src/training/trainer';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { pixelTensor } from '../support/networks';
import { mean, standardError } from '../support/statistics';

const SIZE = 6;
const model = (more = {}) => mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [5], seed: 1, ...more });
const context = (seed = 1) => ({ step: 0, rng: new Rng(seed), training: true });

function read(
  objective: Objective,
  vae: Vae,
  x: tf.Tensor,
  { seed = 1, weights = undefined as tf.Tensor | undefined } = {},
) {
  return tf.tidy(() => {
    const terms = objective.evaluate(vae, { x, ...(weights && { weights }) }, context(seed));
    const scalars = {
      loss: terms.loss,
      elbo: terms.elbo!,
      reconstruction: terms.reconstruction,
      kl: terms.kl!,
      ...terms.metrics,
    };
    return Object.fromEntries(Object.entries(scalars).map(([name, t]) => [name, t.dataSync()[0]!])) as Record<
      string,
      number
    >;
  });
}

describeBackends('iwaeObjective', () => {
  test('one sample: the ELBO with a sampled KL, of the same noise', () => {
    const vae = model();
    const x = pixelTensor(5, SIZE);
    const expected = tf.tidy(() => {
      const { latents, likelihood } = vae.pass({ x }, context());
      const { logQ, prior, z } = latents[0]!;
      return values(tf.sub(tf.sub(logQ!, prior.logProb(z)), likelihood.logProb(x)));
    });
    const { loss, bound, ess } = read(iwaeObjective({ samples: 1 }), vae, x);
    expectClose([loss!, -bound!, ess!], [mean(expected), mean(expected), 1], { tolerance: 1e-5 });
    vae.dispose();
    x.dispose();
  });

  test('more samples, a larger bound, in the mean; ess lies between 1 and K', () => {
    const vae = model({ decoder: { sigma: 0.3 } });
    const x = pixelTensor(8, SIZE);
    const seeds = Array.from({ length: 30 }, (_, i) => i);
    const bounds = [1, 5, 25].map(samples => {
      const runs = seeds.map(seed => read(iwaeObjective({ samples }), vae, x, { seed }));
      for (const { ess } of runs) expect(ess! >= 1 - 1e-4 && ess! <= samples + 1e-3).toBe(true);
      return runs.map(r => r['bound']!);
    });
    for (const [less, more] of [
      [bounds[0]!, bounds[1]!],
      [bounds[1]!, bounds[2]!],
    ] as const) {
      const differences = more.map((b, i) => b - less[i]!);
      expect(mean(differences)).toBeGreaterThan(2 * standardError(differences));
    }
    vae.dispose();
    x.dispose();
  });

  test('elbo is that of the same samples: −reconstruction − kl, below the bound in the mean', () => {
    const vae = model();
    const x = pixelTensor(8, SIZE);
    const { elbo, reconstruction, kl, bound, loss } = read(iwaeObjective({ samples: 20 }), vae, x);
    expectClose([elbo!], [-reconstruction! - kl!], { tolerance: 1e-5 });
    expect(loss).toBe(-bound!);
    expect(elbo!).toBeLessThan(bound! + 0.05);
    vae.dispose();
    x.dispose();
  });

  test('weights', () => {
    const vae = model();
    const x = pixelTensor(2, SIZE);
    const alone = [
      [1, 0],
      [0, 1],
    ].map(w => read(iwaeObjective({ samples: 3 }), vae, x, { weights: tf.tensor1d(w) })['loss']!);
    const both = read(iwaeObjective({ samples: 3 }), vae, x, { weights: tf.tensor1d([3, 1]) })['loss']!;
    expectClose([both], [(3 * alone[0]! + alone[1]!) / 4], { tolerance: 1e-5 });
  });

  test('trains, evaluates without regard to the batch size, and leaks nothing', async () => {
    const vae = model();
    const x = pixelTensor(12, SIZE);
    noLeak(() => void read(iwaeObjective({ samples: 3 }), vae, x));
    const trainer = new VaeTrainer({
      model: vae,
      objective: iwaeObjective({ samples: 4 }),
      seed: 1,
      learningRate: 0.02,
    });
    const { history } = await trainer.fit(x, { epochs: 25, batchSize: 6 });
    expect(Object.keys(history)).toEqual(['loss', 'elbo', 'reconstruction', 'kl', 'bound', 'ess']);
    expect(history['loss']!.at(-1)!).toBeLessThan(history['loss']![0]! - 0.1);
    const whole = await trainer.evaluate(x, { batchSize: 12 });
    expectClose(Object.values(await trainer.evaluate(x, { batchSize: 5 })), Object.values(whole), { tolerance: 1e-5 });
    trainer.dispose();
    vae.dispose();
    x.dispose();
  });
});

test('what it cannot be used with', () => {
  expect(() => iwaeObjective({ samples: 0 })).toThrow('iwaeObjective: samples must be a positive integer, got 0');
  const optimal = model({ decoder: { sigma: 'optimal' } });
  expect(() => new VaeTrainer({ model: optimal, objective: iwaeObjective({ samples: 2 }) })).toThrow(
    "VaeTrainer: the objective needs 'perExample', which the model lacks (sigma: 'optimal'?)",
  );
});
