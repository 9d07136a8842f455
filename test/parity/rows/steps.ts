import * as tf from '@tensorflow/tfjs';
import {
  convVae,
  elboObjective,
  iwaeObjective,
  mlpVae,
  type Objective,
  type Optimizer,
  sprites,
  toTensor,
  type Vae,
  VaeTrainer,
} from 'tfjs-vae';
import type { ParityRow } from '../row';

/** Hands out the gradients of a step instead of using them. */
function gradientsOnly(): Optimizer & { seen: [path: string, gradient: tf.Tensor][] } {
  const seen: [string, tf.Tensor][] = [];
  return {
    seen,
    apply: gradients => {
      for (const { path, gradient } of gradients) seen.push([path, tf.keep(tf.clone(gradient))]);
    },
    variables: () => ({}),
    dispose: () => {},
  };
}

type TrainingRow = ParityRow & {
  /** What each output is: `loss`, `reconstruction`, … and the paths of the gradients. */
  outputs: readonly string[];
};

const TERMS = ['loss', 'reconstruction', 'kl', 'elbo'] as const;

/** What a convolutional VAE on webgpu is required to meet; the others are held to it as well. */
const STEP_TOLERANCE = 1e-4;

/** Importance weights are exp of differences of log-weights near −550, where float32 numbers are 6e-5 apart. */
const IWAE_TOLERANCE = 5e-4;

/** Terms and every gradient of the first step of a trainer. */
function trainingRow(
  name: string,
  of: string[],
  make: () => Vae,
  objective: () => Objective,
  { clipNorm, tolerance = STEP_TOLERANCE }: { clipNorm?: number; tolerance?: number } = {},
): TrainingRow {
  const outputs: string[] = [];
  return {
    name,
    of: [...of, 'VaeTrainer'],
    outputs,
    run() {
      const model = make();
      const optimizer = gradientsOnly();
      const options = { model, objective: objective(), optimizer, seed: 2, prepareBackend: false };
      const trainer = new VaeTrainer(clipNorm === undefined ? options : { ...options, clipNorm });
      const terms = trainer.step({ x: toTensor(sprites({ count: 6, seed: 3 }).images) });
      trainer.dispose();
      model.dispose();
      outputs.splice(0, outputs.length, ...TERMS, ...optimizer.seen.map(([path]) => path));
      return [...TERMS.map(term => terms[term]!), ...optimizer.seen.map(([, gradient]) => gradient)];
    },
    tolerance,
  };
}

const mlp = () => mlpVae({ inputShape: [28, 28, 1], latentDim: 20, seed: 1 });
/** Six examples of 32 latent dimensions are enough outputs for webgpu to take the matrix product that is wrong. */
const conv = () => convVae({ inputShape: [28, 28, 1], latentDim: 32, seed: 1 });

/** The step that webgpu gets wrong as tfjs made it. */
export const convRow = trainingRow('convVae, latent → 7·7·64', ['convVae', 'elboObjective'], conv, () =>
  elboObjective(),
);

/** One training step: loss terms and all gradients. */
export const trainingRows: readonly TrainingRow[] = [
  trainingRow('mlpVae, ELBO', ['mlpVae', 'elboObjective'], mlp, () => elboObjective()),
  trainingRow('mlpVae, IWAE of 5 samples', ['mlpVae', 'iwaeObjective'], mlp, () => iwaeObjective({ samples: 5 }), {
    tolerance: IWAE_TOLERANCE,
  }),
  trainingRow('mlpVae, clipped to 1', ['mlpVae'], mlp, () => elboObjective(), { clipNorm: 1 }),
  convRow,
];
