import * as tf from '@tensorflow/tfjs';
import { isLayersModel, type Network } from '../models/network';

/** An encoder or a decoder that is built on a network. */
export type NetworkPart = {
  /** The network. */
  readonly network?: Network;
  /** The layer that makes the outputs from those of the network, where there is one. */
  readonly head?: tf.layers.Layer | undefined;
};

/**
 * An encoder or a decoder as a `tf.LayersModel`, which can be saved in tfjs's own format or used within other models.
 *
 * An encoder gives `[mean, logVar]`, with its `GaussianHead`: call `registerLayers()` before `tf.loadLayersModel` of it.
 * A decoder gives what its network gives: logits (`BernoulliDecoder`), or the mean before a sigmoid (`GaussianDecoder`).
 * Those of other families give the raw parameters, before the links of the family.
 * The weights are shared: training goes on in both. They are freed when both the part and the model are disposed of.
 *
 * @param part An encoder or a decoder that is built on a `tf.LayersModel`.
 * @returns A new model, with the inputs of the network.
 * @throws When the part is not built on a `tf.LayersModel`.
 * @example
 * ```ts
 * const encoder = toLayersModel(vae.encoder);
 * await encoder.save('localstorage://encoder');
 * registerLayers();
 * const again = await tf.loadLayersModel('localstorage://encoder');
 * const [mean, logVar] = again.predict(x) as tf.Tensor[];
 * ```
 */
export function toLayersModel({ network, head }: NetworkPart): tf.LayersModel {
  if (!network || !isLayersModel(network)) {
    throw new Error('toLayersModel: the part must be built on a tf.LayersModel; this one runs a function');
  }
  const inputs = network.inputs.map(({ shape, dtype }) => tf.input({ batchShape: shape, dtype }));
  const apply = () => network.apply(inputs.length === 1 ? inputs[0]! : inputs) as tf.SymbolicTensor;
  // As one nested layer, since tfjs counts who uses a layer: disposing of one model then spares the other. Twice, since
  // a model that is disposed of gives back each model within it twice (to-layers-model.test.ts tells when it no longer does).
  apply();
  const outputs = apply();
  return tf.model({ inputs, outputs: head ? (head.apply(outputs) as tf.SymbolicTensor[]) : outputs });
}
