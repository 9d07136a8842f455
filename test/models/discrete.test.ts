import * as tf from '@tensorflow/tfjs';
import {
  BernoulliDecoder,
  binaryConcreteFamily,
  concreteFamily,
  elboLoss,
  elboObjective,
  type Family,
  iwaeObjective,
  linearSchedule,
  loadVae,
  mlpVae,
  Normal,
  PosteriorEncoder,
  Rng,
  StandardNormal,
  sampledKl,
  saveVae,
  scoreAll,
  Vae,
  VaeTrainer,
} from 'tfjs-vae';
import { beforeAll, expect, test } from 'vitest';
import { describeBackends, values } from '../support/backends';
import { pixelTensor } from '../support/networks';

const SIZE = 6;

beforeAll(async () => void (await tf.setBackend('cpu')));
const modelOf = (posterior: Family) => mlpVae({ inputShape: [SIZE], latentDim: 3, hidden: [8], posterior, seed: 1 });

const discrete = {
  categorical: () => concreteFamily({ classes: 4, temperature: 0.5 }),
  binary: () => binaryConcreteFamily({ temperature: 0.5 }),
};

describeBackends('discrete latent variables', () => {
  test.each(Object.entries(discrete))(
    '%s: no elbo in training; in evaluation that of discrete draws',
    async (_, make) => {
      const before = tf.memory().numTensors;
      const [model, x] = [modelOf(make()), pixelTensor(32, SIZE)];
      const trainer = new VaeTrainer({ model, learningRate: 0.02, seed: 1 });
      const { history } = await trainer.fit(x, { epochs: 15, batchSize: 32, validationData: x });
      expect(history['elbo']).toBeUndefined();
      expect(history['kl']).toHaveLength(15);
      expect(history['val_elbo']).toHaveLength(15);
      expect(history.loss.at(-1)).toBeLessThan(history.loss[0]!);
      // Draws of an evaluation are discrete, so the bound is that of the discrete model.
      const { z } = tf.tidy(() => {
        const { latents } = model.pass({ x }, trainerContext());
        return { z: tf.clone(latents[0]!.z) };
      });
      for (const v of values(z)) expect([0, 1]).toContain(v);
      const scores = await scoreAll(model, x, { samples: 3 });
      for (const v of scores.bound) expect(Number.isFinite(v)).toBe(true);
      const fresh = tf.tidy(() => values(tf.clone(model.sample(4, { seed: 2 }))));
      expect(fresh).toHaveLength(4 * SIZE);
      for (const one of [trainer, model, x]) one.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  test('straight-through draws and the concrete KL make bounds, also in training', async () => {
    const x = pixelTensor(16, SIZE);
    for (const posterior of [
      concreteFamily({ classes: 4, temperature: 0.5, straightThrough: true }),
      concreteFamily({ classes: 4, temperature: 0.5, kl: 'concrete' }),
      binaryConcreteFamily({ temperature: 0.5, straightThrough: true }),
      binaryConcreteFamily({ temperature: 0.5, kl: 'concrete' }),
    ]) {
      const model = modelOf(posterior);
      const trainer = new VaeTrainer({ model, objective: iwaeObjective({ samples: 2 }), seed: 1 });
      const { history } = await trainer.fit(x, { epochs: 2, batchSize: 16 });
      expect(history['elbo']).toHaveLength(2);
      for (const one of [trainer, model]) one.dispose();
    }
    x.dispose();
  });
});

const trainerContext = () => ({ step: 3, rng: new Rng(1), training: false });

test('the temperature follows the steps of training, and a model file holds where it ends', async () => {
  const temperature = linearSchedule({ from: 1, to: 0.25, steps: 10 });
  const model = modelOf(concreteFamily({ classes: 4, temperature, kl: 'concrete' }));
  const x = pixelTensor(2, SIZE);
  const at = (vae: Vae, step?: number) =>
    tf.tidy(() => (vae.encode(x, step === undefined ? {} : { step }) as { temperature?: number }).temperature);
  expect([at(model, 0), at(model, 5), at(model, 20), at(model)]).toEqual([1, 0.625, 0.25, 0.25]);
  const file: Uint8Array[] = [];
  await saveVae(model, { write: async bytes => void file.push(bytes) });
  const again = await loadVae(file[0]!, { parts: [PosteriorEncoder, BernoulliDecoder] });
  expect(at(again)).toBe(0.25);
  expect(again.prior.kind).toBe('concrete');
  for (const one of [model, again, x]) one.dispose();
});

test('what makes no bound or no sense is refused, with what to do instead', () => {
  const model = modelOf(discrete.categorical());
  expect(() => new VaeTrainer({ model, objective: iwaeObjective({ samples: 2 }) })).toThrow(
    "the objective needs 'ownDensity', which the model lacks: relaxed samples of discrete variables have no weights; take elboObjective, or kl: 'concrete'",
  );
  expect(() => new VaeTrainer({ model, objective: elboObjective({ freeBits: { nats: 1 } }) })).toThrow("'klElements'");
  const { encoder, decoder } = model;
  expect(() => new Vae({ encoder, decoder, prior: new StandardNormal({ shape: [3, 4] }) })).toThrow(
    'Vae: the posterior takes a prior of kind oneHotCategorical, got standardNormal; leave it out for the default',
  );
  expect(() => concreteFamily({ classes: 4, temperature: 0.5, kl: 'concrete', straightThrough: true })).toThrow(
    "concreteFamily: straightThrough draws have no relaxed density; take kl: 'categorical'",
  );
  expect(() => concreteFamily({ classes: 4, temperature: 0.5, kl: 'relaxed' as never })).toThrow('got "relaxed"');
  expect(() => concreteFamily({ classes: 0, temperature: 0.5 })).toThrow('classes must be a positive integer, got 0');
  tf.tidy(() => {
    const x = pixelTensor(2, SIZE);
    const posterior = model.encode(x, { training: true });
    const z = posterior.sample({ rng: new Rng(1) });
    const prior = model.prior.distribution({ encode: () => posterior, training: true });
    expect(() => sampledKl({ posterior, prior, z })).toThrow("samples of 'oneHotCategorical' are relaxed");
    expect(() => elboLoss({ x, likelihood: model.decode(z), posterior, prior })).toThrow('add reconstructionLoss');
    expect(() => sampledKl({ posterior: new Normal({ mean: z, scale: tf.scalar(1) }), prior, z })).not.toThrow();
  });
  model.dispose();
});
