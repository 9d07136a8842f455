// The runs of the reference table: what is trained, and what two independent trainers got for it.
import { type Evaluation, elboObjective, type MlpVaeOptions, mlpVae, type Objective, type VaeModel } from 'tfjs-vae';

export type ReferenceRun = {
  name: string;
  what: string;
  seeds: readonly number[];
  model(seed: number): VaeModel;
  objective(): Objective;
  quantity: string;
  measure(test: Evaluation): number;
  expected: readonly [low: number, high: number];
};

const mlp = (options: Partial<MlpVaeOptions>) => (seed: number) =>
  mlpVae({ inputShape: [28, 28, 1], latentDim: 20, hidden: [400], seed, ...options }) as VaeModel;
const negativeElbo = { quantity: 'test −ELBO', measure: (test: Evaluation) => -test.elbo };

/** 784–400–20–400–784, ReLU, Adam 1e-3, batch 128, 10 epochs on MNIST. */
export const referenceRuns: readonly ReferenceRun[] = [
  {
    name: 'beta1',
    what: 'Bernoulli, 20 latent dimensions',
    seeds: [1, 2, 3],
    model: mlp({}),
    objective: () => elboObjective(),
    ...negativeElbo,
    expected: [105.0, 106.8],
  },
  {
    name: 'latent2',
    what: 'Bernoulli, 2 latent dimensions',
    seeds: [1],
    model: mlp({ latentDim: 2 }),
    objective: () => elboObjective(),
    ...negativeElbo,
    expected: [153, 158.5],
  },
  {
    name: 'optimal',
    what: "Gaussian, sigma 'optimal', sigmoid mean",
    seeds: [1],
    model: mlp({ decoder: { sigma: 'optimal', mean: 'sigmoid' } }),
    objective: () => elboObjective(),
    ...negativeElbo,
    expected: [-713, -697],
  },
  {
    name: 'beta4',
    what: 'Bernoulli, β = 4',
    seeds: [1],
    model: mlp({}),
    objective: () => elboObjective({ beta: 4 }),
    quantity: 'reconstruction + 4·KL',
    measure: test => test.reconstruction + 4 * test.kl,
    expected: [149.2, 150.6],
  },
];
