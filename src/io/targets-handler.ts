import * as tf from '@tensorflow/tfjs';

/**
 * Handlers refuse a model without a topology. This one does not describe a network, and `tf.loadLayersModel` says so.
 */
const TOPOLOGY = { class_name: 'TfjsVaeModelFile', config: {} };

/** The file as the weights of a model, so that every handler takes it, and none looks into it. */
export async function writeHandler(handler: tf.io.IOHandler, bytes: Uint8Array): Promise<void> {
  await handler.save!({
    modelTopology: TOPOLOGY,
    format: 'tfjs-vae/model',
    generatedBy: 'tfjs-vae',
    convertedBy: null,
    userDefinedMetadata: { content: 'safetensors' },
    // bool is the only dtype of tfjs that takes one byte.
    weightSpecs: [{ name: 'safetensors', shape: [bytes.length], dtype: 'bool' }],
    weightData: bytes.slice().buffer,
  });
}

export async function readHandler(handler: tf.io.IOHandler): Promise<Uint8Array> {
  const { weightData } = await handler.load!();
  if (!weightData) throw new Error('it gave no weightData');
  return new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
}
