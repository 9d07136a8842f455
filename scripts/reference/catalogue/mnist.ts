// MNIST with other posteriors, priors and likelihoods: 784–400–20–400–784, ReLU, Adam 1e-3, batch 128, 3 epochs.
import {
  type ArrayField,
  type BatchTransform,
  continuousBernoulliFamily,
  dequantisation,
  discretizedLogisticFamily,
  dynamicBinarisation,
  flowFamily,
  iafFlow,
  MixturePrior,
  mlpVae,
  multivariateNormalFamily,
  normalFamily,
  type Prior,
  Vae,
  VaeTrainer,
  VampPrior,
} from 'tfjs-vae';

const LATENT_DIM = 20;
const INPUT_SHAPE = [28, 28, 1];
const EPOCHS = 3;

/** What is trained, and what a trainer in PyTorch got for it: −ELBO, of which reconstruction and KL. */
type MnistRow = {
  what: string;
  reference: readonly [negativeElbo: number, reconstruction: number, kl: number];
  model(seed: number): Vae;
  /** What is done to the grey levels. Dynamic binarisation unless given. */
  transforms?: readonly BatchTransform[];
};

const mlp = (seed: number) => ({ inputShape: INPUT_SHAPE, latentDim: LATENT_DIM, seed });

/** The default network with another prior. */
function withPrior(seed: number, prior: Prior): Vae {
  const { encoder, decoder } = mlpVae(mlp(seed));
  return new Vae({ encoder, decoder, prior });
}

const rows = {
  diagonal: {
    what: 'diagonal, N(0, I)',
    reference: [110.4, 85.0, 25.4],
    model: seed => mlpVae(mlp(seed)) as Vae,
  },
  full: {
    what: 'full covariance, its lower part scaled by 0.1',
    reference: [110.0, 87.4, 22.6],
    model: seed => mlpVae({ ...mlp(seed), posterior: multivariateNormalFamily() }) as Vae,
  },
  iaf: {
    what: '2 IAF steps of 128 units, context of 32',
    reference: [110.5, 86.6, 23.9],
    model: seed => {
      const flow = [iafFlow({ steps: 2, hidden: 128, context: 32, seed })];
      return mlpVae({ ...mlp(seed), posterior: flowFamily({ base: normalFamily(), flow }) }) as Vae;
    },
  },
  mixture: {
    what: 'mixture prior of 50 Normals',
    reference: [107.9, 84.2, 23.7],
    model: seed => withPrior(seed, new MixturePrior({ components: 50, latentDim: LATENT_DIM, seed })),
  },
  vamp: {
    what: 'VampPrior, 200 learned pseudo-inputs',
    reference: [105.2, 82.2, 22.9],
    model: seed => withPrior(seed, new VampPrior({ pseudoInputs: 200, inputShape: INPUT_SHAPE, seed })),
  },
  discretizedLogistic: {
    what: 'discretized logistic on the 256 levels',
    reference: [1140.6, 1099.3, 41.3],
    model: seed => mlpVae({ ...mlp(seed), likelihood: discretizedLogisticFamily({ mean: 'sigmoid' }) }) as Vae,
    transforms: [],
  },
  continuousBernoulli: {
    what: 'continuous Bernoulli on dequantised pixels',
    reference: [-2820, -2908, 88.1],
    model: seed => mlpVae({ ...mlp(seed), likelihood: continuousBernoulliFamily() }) as Vae,
    transforms: [dequantisation()],
  },
} satisfies Record<string, MnistRow>;

/** The rows of the table by name. */
export const mnistRows: Readonly<Record<keyof typeof rows, MnistRow>> = rows;

/** What is needed for a run. */
export type MnistRunOptions = {
  name: keyof typeof mnistRows;
  /** Grey levels in [0, 1], `[count, 28, 28, 1]`. */
  data: { train: ArrayField; test: ArrayField };
  seed: number;
};

/** The test ELBO of one sample each, and its parts as they are printed: reconstruction and KL are positive nats. */
export type MnistResult = { elbo: number; reconstruction: number; kl: number };

/** Trains a row of the table on the active backend, and measures it on the test images. */
export async function mnistRun({ name, data, seed }: MnistRunOptions): Promise<MnistResult> {
  const row = mnistRows[name];
  const { transforms = [dynamicBinarisation()] } = row;
  const model = row.model(seed);
  const trainer = new VaeTrainer({ model, learningRate: 1e-3, seed, transforms });
  await trainer.fit(data.train, { epochs: EPOCHS, batchSize: 128 });
  const { elbo, reconstruction, kl } = await trainer.evaluate(data.test, { batchSize: 500 });
  trainer.dispose();
  model.dispose();
  return { elbo, reconstruction, kl };
}
