import type * as tf from '@tensorflow/tfjs';
import { isLayersModel } from '../models/network';
import { optimizersOf, type TrainerParts } from './trainer-parts';

/** Why a run that goes on from here could differ from the one that was never interrupted. */
export function obstaclesTo(parts: TrainerParts): string[] {
  const { model, progress } = parts;
  const found = Object.entries(optimizersOf(parts))
    .filter(([, optimizer]) => !optimizer.load)
    .map(([name]) => `the ${name} has no load, so its state cannot be restored (tf.train keeps its own; take Adam)`);
  if (progress.batch > 0 && progress.size === undefined) {
    found.push(
      'the data are a stream, which cannot go on within an epoch (save at the end of epochs, or give a RowReader)',
    );
  }
  return [...found, ...unseeded(model)];
}

/** Layers of tfjs that draw other random numbers in each session. */
function unseeded(model: TrainerParts['model']): string[] {
  return Object.entries(model.networks?.() ?? {}).flatMap(([path, network]) =>
    (network && isLayersModel(network) ? allLayers(network) : [])
      .filter(isUnseeded)
      .map(layer => `the ${layer.getClassName()} layer '${layer.name}' of the ${path} has no seed (take our Dropout)`),
  );
}

const RANDOM = new Set(['Dropout', 'SpatialDropout1D', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise']);

function isUnseeded(layer: tf.layers.Layer): boolean {
  const { seed, dropout, recurrentDropout } = layer.getConfig() as Partial<Record<string, number>>;
  // Recurrent layers have dropout of their own, and take no seed for it.
  return RANDOM.has(layer.getClassName()) ? seed == null : (dropout ?? 0) > 0 || (recurrentDropout ?? 0) > 0;
}

/** All layers, those of nested models too. */
function allLayers(model: tf.LayersModel): tf.layers.Layer[] {
  return model.layers.flatMap(within);
}

/** A layer, or what is in it: models, and wrappers such as `timeDistributed` and `bidirectional`. */
function within(layer: tf.layers.Layer): tf.layers.Layer[] {
  if ('getLayer' in layer) return allLayers(layer as tf.LayersModel);
  const { layer: inner, forwardLayer, backwardLayer } = layer as unknown as Partial<Record<string, tf.layers.Layer>>;
  const wrapped = [inner, forwardLayer, backwardLayer].filter(l => l !== undefined);
  return [layer, ...wrapped.flatMap(within)];
}
