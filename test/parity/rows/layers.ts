import * as tf from '@tensorflow/tfjs';
import { Dropout, GaussianHead, KlDivergenceLayer, ParameterHead, ReparamSampler } from 'tfjs-vae';
import { noise, type ParityRow } from '../row';

/** Runs a layer on tensors, disposes of it, and gives what came out as clones of the caller's. */
function layered(layer: tf.layers.Layer, inputs: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
  const out = layer.apply(inputs, { training: true }) as tf.Tensor | tf.Tensor[];
  const clones = [out].flat().map(t => tf.clone(t));
  layer.dispose();
  return clones;
}

const moments = () => [noise([20, 6], 'mean'), noise([20, 6], 'logVar')];

export const layerRows: readonly ParityRow[] = [
  {
    name: 'GaussianHead',
    of: ['GaussianHead'],
    run: () => layered(new GaussianHead({ units: 6, seed: 2 }), noise([20, 50], 'features')),
  },
  {
    name: 'ParameterHead',
    of: ['ParameterHead'],
    run: () =>
      layered(new ParameterHead({ sizes: { mean: 6, scaleTril: 21 }, seed: 2 }), noise([20, 5, 10], 'features')),
  },
  {
    name: 'ReparamSampler',
    of: ['ReparamSampler'],
    run: () => layered(new ReparamSampler({ seed: 2, name: 'parity_sampler' }), moments()),
  },
  {
    name: 'Dropout',
    of: ['Dropout'],
    run: () => layered(new Dropout({ rate: 0.4, seed: 2, name: 'parity_dropout' }), noise([20, 50], 'x')),
  },
  {
    name: 'KlDivergenceLayer and its penalty',
    of: ['KlDivergenceLayer'],
    run: () => {
      const layer = new KlDivergenceLayer({ beta: 2 });
      const passed = layer.apply(moments() as [tf.Tensor, tf.Tensor], { training: true });
      const penalties = layer.calculateLosses().map(t => tf.clone(t));
      layer.dispose();
      return [...passed, ...penalties];
    },
  },
];
