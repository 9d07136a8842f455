import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { FileFormatError } from '../../src/data/file-format-error';
import { loadVae } from '../../src/io/load-vae';
import { readSafetensors } from '../../src/io/safetensors';
import { BernoulliDecoder } from '../../src/models/bernoulli-decoder';
import { GaussianDecoder } from '../../src/models/gaussian-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import type { Vae } from '../../src/models/vae';
import { repair } from './checkpoint-target';
import { craftedFiles } from './model-crafted';
import { type Config, goldenFiles, nestedFile, withConfig } from './model-files';
import type { FuzzTarget } from './target';

const parts = [GaussianEncoder, BernoulliDecoder, GaussianDecoder];
const seeds = [...goldenFiles(), await nestedFile()];
const MEBIBYTE = 2 ** 20;

const number = fc.oneof(
  fc.integer({ min: -3, max: 8 }),
  fc.constantFrom(1500, 65536, 2e7, 1e8, 2 ** 31, 2 ** 53, 1e300, -1e9, -1e300, 0.5, -0.5),
);
const text = fc.oneof(
  fc.constantFrom(...Object.keys(tf.serialization.SerializationMap.getMap().classNameMap)),
  fc.constantFrom('input1', 'input2', 'shared', 'dense_Dense1', '__proto__', 'constructor', 'toString', '', '-5'),
  fc.constantFrom('relu', 'same', 'valid', 'causal', 'channelsFirst', 'orthogonal', 'identity', 'glorotUniform', 'sum'),
);
const junk = fc.oneof(
  number,
  text,
  fc.array(number, { maxLength: 4 }),
  fc.constantFrom(null, true, false, [], {}, [[]]),
);
/** Replaces a place of the configuration by junk or by a copy of another place, or gives a key another name. */
const edit = fc.record({
  at: fc.array(fc.nat(), { minLength: 2, maxLength: 14 }),
  from: fc.array(fc.nat(), { minLength: 1, maxLength: 10 }),
  kind: fc.constantFrom('junk', 'junk', 'copy', 'repeat', 'key'),
  value: junk,
  key: fc.constantFrom(
    'batch_input_shape',
    'stateful',
    'axis',
    'weights',
    'class_name',
    'className',
    'layers',
    '__proto__',
  ),
});
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

const generated = fc
  .tuple(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 4 }))
  .map(([seed, edits]) =>
    withConfig(seed, config => {
      for (const each of edits) apply(config, each);
    }),
  );

function apply(config: Config, { at, from, kind, value, key }: Edit): void {
  const [object, name] = place(config, at);
  if (object === undefined) return;
  const copied = () => JSON.parse(JSON.stringify(place(config, from)[2] ?? null)) as Config;
  const entry =
    kind === 'copy'
      ? copied()
      : kind === 'repeat'
        ? ([object[name], object[name]] as unknown as Config)
        : (structuredClone(value) as Config);
  Object.defineProperty(object, kind === 'key' ? key : name, {
    value: entry,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** Goes down as far as the steps lead. */
function place(config: Config, steps: readonly number[]): [Config, string, Config] | [undefined, '', undefined] {
  let found: [Config, string, Config] | [undefined, '', undefined] = [undefined, '', undefined];
  let at = config;
  for (const step of steps) {
    const keys = Object.keys(at);
    if (keys.length === 0) break;
    const key = keys[step % keys.length]!;
    found = [at, key, at[key]!];
    if (typeof at[key] !== 'object' || at[key] === null) break;
    at = at[key];
  }
  return found;
}

/** The weights must be those of the file. */
function check(bytes: Uint8Array, vae: Vae): void {
  try {
    const { tensors } = readSafetensors(bytes);
    const variables = Object.entries(vae.variables());
    if (variables.length !== tensors.size) throw new Error(`${variables.length} variables of ${tensors.size} tensors`);
    for (const [path, variable] of variables) {
      const expected = tensors.get(path)!.values;
      if (!variable.dataSync().every((v, i) => Object.is(v, expected[i]))) throw new Error(`${path} has other values`);
    }
  } finally {
    vae.dispose();
  }
}

export const modelTarget: FuzzTarget = {
  name: 'loadVae',
  seeds,
  generated,
  repair,
  limits: { ms: 2000, times: 4, slack: 64 * MEBIBYTE },
  heavy: craftedFiles(seeds[0]!),
  async read(bytes) {
    const before = tf.memory().numTensors;
    let vae: Vae;
    try {
      vae = await loadVae(bytes, { parts });
    } catch (error) {
      const { message } = error as Error;
      const left = tf.memory().numTensors - before;
      if (left > 0) throw new Error(`${left} tensors are left: ${message}`);
      // A class that the program does not give is not a fault of the file.
      if (/^loadVae: the bytes: the file needs /.test(message)) throw new FileFormatError(message);
      throw error;
    }
    return () => check(bytes, vae);
  },
};
