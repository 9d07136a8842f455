import * as tf from '@tensorflow/tfjs';
import { convVae, mlpVae, Normal, type VaeModel } from 'tfjs-vae';

/** The models that a group trains in the tests, for images of 8 × 8. */
export type ModelName = 'mlp' | 'conv' | 'own';

export function buildModel(name: ModelName): VaeModel {
  if (name === 'mlp') return mlpVae({ inputShape: [64], latentDim: 4, hidden: [32], seed: 7 });
  if (name === 'conv') return convVae({ inputShape: [8, 8, 1], latentDim: 3, filters: [4, 8], seed: 7 });
  return functionalModel();
}

/** A model of one's own, of which nobody but this file knows: mixed linear maps, two latent variables. */
function functionalModel(): VaeModel {
  const weight = (shape: number[], seed: number) =>
    tf.tidy(() => tf.variable(tf.mul(0.1, tf.randomNormal(shape, 0, 1, 'float32', seed)), true));
  const variables = { down: weight([64, 6], 1), up: weight([3, 64], 2), bias: weight([64], 3) };
  return {
    inputShape: [64],
    pass({ x }, { rng, samples }) {
      const raw = tf.matMul(x as tf.Tensor2D, variables.down as unknown as tf.Tensor2D);
      const [mean, logVar] = tf.split(raw, 2, 1) as [tf.Tensor, tf.Tensor];
      const posterior = new Normal({ mean, logVar });
      const prior = new Normal({ mean: tf.zerosLike(mean), logVar: tf.zerosLike(mean) });
      const { value: z, logProb: logQ } = posterior.sampleWithLogProb({ rng, ...(samples && { samples }) });
      const flat = tf.reshape(z, [-1, 3]) as tf.Tensor2D;
      const decoded = tf.add(tf.matMul(flat, variables.up as unknown as tf.Tensor2D), variables.bias);
      const location = tf.sigmoid(tf.reshape(decoded, [...z.shape.slice(0, -1), 64]));
      const likelihood = new Normal({ mean: location, logVar: tf.zerosLike(location), eventRank: 1 });
      return { latents: [{ name: 'z', z, posterior, prior, logQ }], likelihood };
    },
    variables: () => variables,
    trainableVariables: () => Object.values(variables),
  };
}
