import { readdirSync, readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { readSafetensors } from '../../src/io/safetensors';
import { saveVae } from '../../src/io/save-vae';
import { seal } from '../../src/io/seal';
import { MODEL } from '../../src/io/weights';
import { GaussianDecoder } from '../../src/models/gaussian-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import { Vae } from '../../src/models/vae';

const GOLDEN = new URL('../../test/golden/models/', import.meta.url);

/** Whatever stands in a configuration. */
export type Config = Record<string, never> & { [key: string]: Config };

/** The file with another configuration, and a right checksum. */
export function withConfig(file: Uint8Array, change: (config: Config) => unknown): Uint8Array {
  const { tensors, metadata } = readSafetensors(file);
  const config = JSON.parse(metadata.get('config')!) as Config;
  const changed = change(config) ?? config;
  const text = typeof changed === 'string' ? changed : JSON.stringify(changed);
  return seal(MODEL, Object.fromEntries(tensors), { config: text });
}

/** The layers of the encoder's network. */
export function layersOf(config: Config, part = 'encoder'): Config[] {
  return config[part]!['config']!['network']!['$network']!['config']!['layers'] as unknown as Config[];
}

/** Files of models that were saved by the first release. */
export function goldenFiles(): Uint8Array[] {
  const names = readdirSync(GOLDEN).filter(name => name.endsWith('.safetensors'));
  return names.map(name => new Uint8Array(readFileSync(new URL(name, GOLDEN))));
}

/** A model of layers that hold others: a shared network, recurrent and wrapped layers, merges, a normalisation. */
export async function nestedFile(): Promise<Uint8Array> {
  const through = (layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
    layer.apply(x) as tf.SymbolicTensor;
  const inner = tf.input({ shape: [3] });
  const shared = tf.model({ inputs: inner, outputs: through(tf.layers.dense({ units: 3 }), inner), name: 'shared' });
  const x = tf.input({ shape: [4, 3] });
  const steps = through(tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 2 }) }), x);
  const lstm = tf.layers.lstm({ units: 2, recurrentInitializer: 'glorotUniform' });
  const both = through(tf.layers.bidirectional({ layer: lstm as tf.RNN, mergeMode: 'concat' }), steps);
  const dots = through(tf.layers.dot({ axes: -1 }), [steps, steps]);
  const flat = through(tf.layers.flatten(), dots);
  const joined = through(tf.layers.concatenate({ axis: -1 }), [both, flat]);
  const three = through(tf.layers.dense({ units: 3, kernelRegularizer: 'l1l2', kernelConstraint: 'unitNorm' }), joined);
  const twice = through(shared as unknown as tf.layers.Layer, through(shared as unknown as tf.layers.Layer, three));
  const network = tf.model({ inputs: x, outputs: through(tf.layers.batchNormalization(), twice) });
  const decoder = tf.sequential({
    layers: [tf.layers.dense({ inputShape: [2], units: 12 }), tf.layers.reshape({ targetShape: [4, 3] })],
  });
  const vae = new Vae({
    encoder: new GaussianEncoder({ network, latentDim: 2, seed: 1 }),
    decoder: new GaussianDecoder({ network: decoder, sigma: 'shared' }),
  });
  const written: Uint8Array[] = [];
  await saveVae(vae, { write: async bytes => void written.push(bytes) });
  vae.dispose();
  return written[0]!;
}
