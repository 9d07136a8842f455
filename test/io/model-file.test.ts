import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { FileFormatError } from '../../src/data/file-format-error';
import { StandardNormal } from '../../src/distributions/standard-normal';
import { bernoulliFamily } from '../../src/families/bernoulli-family';
import { loadVae } from '../../src/io/load-vae';
import { readSafetensors, writeSafetensors } from '../../src/io/safetensors';
import { saveVae } from '../../src/io/save-vae';
import { seal } from '../../src/io/seal';
import { MODEL } from '../../src/io/weights';
import { Dropout } from '../../src/layers/dropout';
import { BernoulliDecoder, type BernoulliDecoderOptions } from '../../src/models/bernoulli-decoder';
import { GaussianDecoder } from '../../src/models/gaussian-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import type { Prior } from '../../src/models/prior';
import { Vae } from '../../src/models/vae';
import { Rng } from '../../src/random/rng';
import type { PartConfig } from '../../src/variables/saveable-part';
import { describeBackends } from '../support/backends';
import { countingLinear, mlp, weightsOf } from '../support/networks';
import { memoryFile, outputsOf, shake, variants } from './model-file-support';

const parts = [GaussianEncoder, BernoulliDecoder, GaussianDecoder];

/** Saves, and gives the file. */
async function saved(vae: Vae): Promise<Uint8Array> {
  const file = memoryFile();
  await saveVae(vae, file);
  return file.bytes!;
}

/** The file with another configuration, and a right checksum. */
function withConfig(
  file: Uint8Array,
  change: (config: Record<string, Record<string, unknown>>) => unknown,
): Uint8Array {
  const { tensors, metadata } = readSafetensors(file);
  const config = JSON.parse(metadata.get('config')!) as Record<string, Record<string, unknown>>;
  const changed = change(config) ?? config;
  return seal(MODEL, Object.fromEntries(tensors), {
    config: typeof changed === 'string' ? changed : JSON.stringify(changed),
  });
}

/** A learned prior of a variable mean. */
class ShiftedPrior implements Prior {
  static readonly kind = 'test/ShiftedPrior';
  static async fromConfig(config: PartConfig): Promise<ShiftedPrior> {
    return new ShiftedPrior(config['size'] as number);
  }
  readonly #mean: tf.Variable;
  readonly #zeros = tf.tidy(() => tf.variable(tf.zeros([1, 1]), false));

  constructor(readonly size: number) {
    this.#mean = tf.tidy(() => tf.variable(tf.zeros([1, size])));
  }
  distribution() {
    return new StandardNormal({ shape: [this.size] });
  }
  variables() {
    return { mean: this.#mean, zeros: this.#zeros };
  }
  config(): PartConfig {
    return { size: this.size };
  }
  dispose() {
    this.#mean.dispose();
    this.#zeros.dispose();
  }
}

describeBackends('saveVae, loadVae', () => {
  test.each(Object.keys(variants))('%s: the same paths, the same outputs bit for bit, nothing leaks', async name => {
    const vae = variants[name]!();
    shake(vae, 11);
    const start = tf.memory().numTensors;
    const bytes = await saved(vae);
    expect(tf.memory().numTensors).toBe(start);
    const again = await loadVae(bytes, { parts });
    expect(Object.keys(again.variables())).toEqual(Object.keys(vae.variables()));
    expect(weightsOf(again)).toEqual(weightsOf(vae));
    expect(outputsOf(again)).toEqual(outputsOf(vae));
    expect(again.support).toBe(vae.support);
    const trained = (v: Vae) => {
      const own = new Set(v.trainableVariables());
      return Object.entries(v.variables())
        .filter(([, variable]) => own.has(variable))
        .map(([path]) => path);
    };
    expect(trained(again)).toEqual(trained(vae));
    expect(await saved(again)).toEqual(bytes);
    again.dispose();
    expect(tf.memory().numTensors).toBe(start);
    vae.dispose();
  });
});

test('options survive: the bound of the log-variance, a given σ, layers of ours, nested networks, names', async () => {
  const start = tf.memory().numTensors;
  const inner = tf.sequential({
    name: 'innerBody',
    layers: [tf.layers.dense({ inputShape: [6], units: 4, name: 'a_b.C' })],
  });
  const x = tf.input({ shape: [6] });
  const dropped = new Dropout({ rate: 0.5, seed: 3, name: 'drop_it' }).apply(inner.apply(x) as tf.SymbolicTensor);
  const vae = new Vae({
    encoder: new GaussianEncoder({
      network: tf.model({ inputs: x, outputs: dropped }),
      latentDim: 2,
      logVarRange: [-3, 1],
    }),
    decoder: new GaussianDecoder({ network: mlp([2, 5, 6]), sigma: 0.25, mean: 'sigmoid', sigmaFloor: 0.01 }),
    prior: new StandardNormal({ shape: [2] }),
  });
  shake(vae, 2);
  const again = await loadVae(await saved(vae), { parts: [...parts, Dropout] });
  expect((again.encoder as GaussianEncoder).head!.logVarRange).toEqual([-3, 1]);
  const { network: _, ...rest } = (again.decoder as GaussianDecoder).config();
  expect(rest).toEqual({ sigma: 0.25, mean: 'sigmoid', sigmaFloor: 0.01 });
  const names = (again.networks()['encoder'] as tf.LayersModel).layers.map(layer => layer.name);
  expect(names).toEqual([expect.any(String), 'innerBody', 'drop_it']);
  expect(outputsOf(again)).toEqual(outputsOf(vae));
  const masks = [vae, again].map(v =>
    tf.tidy(() =>
      v
        .encode(tf.ones([3, 6]), { training: true })
        .mean()
        .dataSync(),
    ),
  );
  expect(masks[1]).toEqual(masks[0]);
  again.dispose();
  vae.dispose();
  expect(tf.memory().numTensors).toBe(start);
});

test('no bound and an encoder network with both outputs', async () => {
  const x = tf.input({ shape: [3] });
  const outputs = [1, 2].map(seed => mlp([3, 2], seed).apply(x) as tf.SymbolicTensor);
  for (const encoder of [
    new GaussianEncoder({ network: mlp([3, 4]), latentDim: 2, logVarRange: false }),
    new GaussianEncoder({ network: tf.model({ inputs: x, outputs }), latentDim: 2 }),
  ]) {
    const vae = new Vae({ encoder, decoder: new BernoulliDecoder({ network: mlp([2, 3]) }) });
    shake(vae, 5);
    const again = await loadVae(await saved(vae), { parts });
    expect((again.encoder as GaussianEncoder).head?.logVarRange).toEqual(encoder.head?.logVarRange);
    expect(outputsOf(again)).toEqual(outputsOf(vae));
    again.dispose();
    vae.dispose();
  }
});

test("a prior of one's own with a configuration", async () => {
  const start = tf.memory().numTensors;
  const vae = new Vae({
    encoder: new GaussianEncoder({ network: mlp([3, 4]), latentDim: 2 }),
    decoder: new BernoulliDecoder({ network: mlp([2, 3]) }),
    prior: new ShiftedPrior(2),
  });
  shake(vae, 5);
  const bytes = await saved(vae);
  const again = await loadVae(bytes, { parts: [...parts, ShiftedPrior] });
  expect(again.prior).toBeInstanceOf(ShiftedPrior);
  expect(weightsOf(again)).toEqual(weightsOf(vae));
  expect(weightsOf(again)['prior/mean']!.every(v => v !== 0)).toBe(true);
  again.dispose();
  await expect(loadVae(bytes, { parts })).rejects.toThrow('parts: [test/ShiftedPrior]');
  vae.dispose();
  expect(tf.memory().numTensors).toBe(start);
});

test('saves the weights of the moment of the call', async () => {
  const vae = variants['mlp, vectors']!();
  const before = weightsOf(vae);
  const file = memoryFile();
  const saving = saveVae(vae, file);
  shake(vae, 1);
  await saving;
  const again = await loadVae(file, { parts });
  expect(weightsOf(again)).toEqual(before);
  again.dispose();
  vae.dispose();
});

test('what no file can hold is refused, and the way out is named', async () => {
  const file = memoryFile();
  const encoder = () => new GaussianEncoder({ network: mlp([3, 4]), latentDim: 2 });
  const decoder = () => new BernoulliDecoder({ network: mlp([2, 3]) });
  const func = new Vae({
    encoder: new GaussianEncoder({ network: countingLinear(3, 4).network, latentDim: 2 }),
    decoder: decoder(),
  });
  await expect(saveVae(func, file)).rejects.toThrow(/encoder\.network is a function.*saveWeights/);
  const custom: Prior = {
    distribution: () => new StandardNormal({ shape: [2] }),
    variables: () => ({}),
    conditional: true,
  };
  const own = new Vae({ encoder: encoder(), decoder: decoder(), prior: custom });
  await expect(saveVae(own, file)).rejects.toThrow(/the prior cannot be saved.*config\(\).*saveWeights/);
  const nameless = Object.assign(decoder(), {});
  const kindless = new Vae({
    encoder: encoder(),
    decoder: new Proxy(nameless, { get: (t, k) => (k === 'constructor' ? Object : Reflect.get(t, k)) }),
  });
  await expect(saveVae(kindless, file)).rejects.toThrow(/decoder.*static kind/);
  class Inherited extends BernoulliDecoder {}
  const inherited = new Vae({ encoder: encoder(), decoder: new Inherited({ network: mlp([2, 3]) }) });
  await expect(saveVae(inherited, file)).rejects.toThrow(/decoder needs a static kind .* of its own class/);
  class Odd extends BernoulliDecoder {
    static override get kind() {
      return 'test/Odd';
    }
    static override fromConfig(config: PartConfig) {
      return new Odd(config as BernoulliDecoderOptions);
    }
    override config() {
      return { ...super.config(), table: new Map() };
    }
  }
  const odd = new Vae({ encoder: encoder(), decoder: new Odd({ network: mlp([2, 3]) }) });
  await expect(saveVae(odd, file)).rejects.toThrow(/decoder\.table must be plain data.*an object of a class/);
  expect(file.bytes).toBeUndefined();
  for (const vae of [func, own, kindless, inherited, odd]) vae.dispose();
});

test('a class that is not among the parts is named', async () => {
  const vae = variants['sigma shared']!();
  const bytes = await saved(vae);
  vae.dispose();
  const start = tf.memory().numTensors;
  await expect(loadVae(bytes, { parts: [] })).rejects.toThrow(
    'loadVae: the bytes: the file needs GaussianEncoder, GaussianDecoder; give each class, or family as defineFamily returned it, in parts, such as { parts: [GaussianEncoder, GaussianDecoder] }',
  );
  class Unheard extends tf.layers.Layer {
    static get className() {
      return 'TestUnheardLayer';
    }
  }
  const layered = new Vae({
    encoder: new GaussianEncoder({
      network: tf.sequential({ layers: [tf.layers.dense({ inputShape: [3], units: 2 }), new Unheard()] }),
      latentDim: 2,
    }),
    decoder: new BernoulliDecoder({ network: mlp([2, 3]) }),
  });
  const second = await saved(layered);
  layered.dispose();
  await expect(loadVae(second, { parts })).rejects.toThrow('parts: [TestUnheardLayer]');
  const again = await loadVae(second, { parts: [...parts, Unheard] });
  again.dispose();
  expect(tf.memory().numTensors).toBe(start);
  for (const wrong of [undefined, [undefined], [{}]]) {
    await expect(loadVae(second, { parts: wrong as never })).rejects.toThrow('loadVae: parts must');
  }
  await expect(loadVae(second, { parts: [...parts, bernoulliFamily() as never] })).rejects.toThrow(
    "loadVae: parts must hold classes and factories of families, got a finished 'bernoulli'; leave the call out",
  );
  const twin = { kind: 'GaussianEncoder', fromConfig: GaussianEncoder.fromConfig };
  await expect(loadVae(second, { parts: [GaussianEncoder, twin] })).rejects.toThrow(
    "two classes of kind 'GaussianEncoder'",
  );
});

test('a load that fails leaves nothing behind', async () => {
  const vae = variants['sigma shared']!();
  const bytes = await saved(vae);
  vae.dispose();
  const start = tf.memory().numTensors;
  const variablesAtStart = Object.keys(tf.engine().registeredVariables);
  const config = (part: Record<string, unknown>) => part['config'] as Record<string, unknown>;
  const network = (part: Record<string, unknown>) =>
    (config(part)['network'] as { $network: { config: { layers: Record<string, never>[] } } }).$network;
  const others: [string, Uint8Array][] = [
    [
      'a latent size that does not fit',
      withConfig(bytes, c => {
        config(c['encoder']!)['latentDim'] = 3;
      }),
    ],
    [
      'a σ that is none',
      withConfig(bytes, c => {
        config(c['decoder']!)['sigma'] = -1;
      }),
    ],
    [
      'σ of another kind: weights left over',
      withConfig(bytes, c => {
        config(c['decoder']!)['sigma'] = 2;
      }),
    ],
    [
      'a decoder where the encoder should be',
      withConfig(bytes, c => {
        c['encoder'] = c['decoder']!;
      }),
    ],
    [
      'no part',
      withConfig(bytes, c => {
        c['encoder'] = { latentDim: 2 };
      }),
    ],
    [
      'a prior that is none',
      withConfig(bytes, c => {
        c['prior'] = { size: 2 };
      }),
    ],
    [
      'kind is no text',
      withConfig(bytes, c => {
        c['encoder']!['$part'] = 5;
      }),
    ],
    [
      'kind of a prototype',
      withConfig(bytes, c => {
        c['encoder']!['$part'] = '__proto__';
      }),
    ],
    [
      'no config',
      withConfig(bytes, c => {
        delete c['encoder']!['config'];
      }),
    ],
    [
      'a network that is none',
      withConfig(bytes, c => {
        config(c['encoder']!)['network'] = { $network: 7 };
      }),
    ],
    [
      'a network that stops half way',
      withConfig(bytes, c => {
        network(c['decoder']!).config.layers.pop();
      }),
    ],
    [
      'a layer of wrong options after good ones',
      withConfig(bytes, c => {
        const last = network(c['decoder']!).config.layers.at(-1) as unknown as { config: object };
        last.config = { name: 'x', units: 'many' };
      }),
    ],
    ['no JSON', withConfig(bytes, () => '{"encoder":')],
    ['nothing', withConfig(bytes, () => 'null')],
    ['nested deep', withConfig(bytes, () => `{"encoder":{},"decoder":${'['.repeat(5e4)}${']'.repeat(5e4)}}`)],
  ];
  for (const [what, file] of others) {
    const error: unknown = await loadVae(file, { parts }).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error, what).toBeInstanceOf(Error);
    expect((error as Error).message, what).toMatch(/^loadVae: the bytes/);
    expect(tf.memory().numTensors, what).toBe(start);
    expect(Object.keys(tf.engine().registeredVariables), what).toEqual(variablesAtStart);
    if (what !== 'kind of a prototype') expect(error, what).toBeInstanceOf(FileFormatError);
  }
});

test('names such as __proto__ are names like any other', async () => {
  const vae = variants['mlp, vectors']!();
  const bytes = await saved(vae);
  const { tensors, metadata } = readSafetensors(bytes);
  const value = [...tensors.values()][0]!;
  const config = JSON.parse(metadata.get('config')!) as { encoder: object };
  const pollute = JSON.stringify({ ...config, hold: 1 }).replace(
    '"hold":1',
    '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}',
  );
  // As keys of the configuration they do no harm, as names of tensors they are left over.
  const again = await loadVae(seal(MODEL, Object.fromEntries(tensors), { config: pollute }), { parts });
  again.dispose();
  for (const name of ['__proto__', 'constructor', 'toString']) {
    const more = seal(MODEL, Object.fromEntries([...tensors, [name, value]]), { config: metadata.get('config')! });
    await expect(loadVae(more, { parts })).rejects.toThrow(`the model has no ${name}`);
  }
  expect('polluted' in {}).toBe(false);
  vae.dispose();
});

test('damage, another kind and an unknown version are told apart', async () => {
  const vae = variants['mlp, vectors']!();
  const bytes = await saved(vae);
  vae.dispose();
  const flipped = bytes.slice();
  flipped[flipped.length - 1]! ^= 1;
  const { tensors, metadata } = readSafetensors(bytes);
  const records = Object.fromEntries(tensors);
  const config = { config: metadata.get('config')! };
  const cases: [Uint8Array, RegExp][] = [
    [flipped, /the file is damaged/],
    [bytes.subarray(0, -4), /data/],
    [new Uint8Array([80, 75, 3, 4]), /8 bytes/],
    [writeSafetensors(records), /expected a file of the format 'tfjs-vae\/model', got none/],
    [seal({ format: 'tfjs-vae/weights', version: 1 }, records, {}), /got 'tfjs-vae\/weights'/],
    [seal({ ...MODEL, version: 2 }, records, config), /version 1 .*the file has 2; a newer tfjs-vae/],
    [seal(MODEL, records, {}), /configuration is not JSON/],
  ];
  for (const [file, message] of cases) {
    const error: unknown = await loadVae(file, { parts }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FileFormatError);
    expect((error as Error).message).toMatch(message);
  }
});

test('any place of the configuration replaced by anything: a model, or a clear error and nothing left', async () => {
  const files: Uint8Array[] = [];
  for (const name of ['conv', 'mlp, conditional', 'sigma optimal']) {
    const vae = variants[name]!();
    files.push(await saved(vae));
    vae.dispose();
  }
  const start = tf.memory().numTensors;
  const rng = new Rng(20);
  const pick = (count: number) => tf.tidy(() => Math.floor(rng.uniform([1]).dataSync()[0]! * count));
  const junk = () => [null, -1, 0, 1, 2.5, 'relu', '', '__proto__', 'Dense', [], {}, [null], true][pick(13)];
  let loaded = 0;
  for (let round = 0; round < 300; round++) {
    const file = withConfig(files[pick(files.length)]!, config => {
      let at: Record<string, unknown> | undefined = config;
      while (at) {
        const keys = Object.keys(at);
        const key = keys[pick(keys.length)];
        const inner: unknown = key === undefined ? undefined : at[key];
        if (key !== undefined && (typeof inner !== 'object' || inner === null || pick(8) === 0)) at[key] = junk();
        at = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : undefined;
      }
    });
    try {
      (await loadVae(file, { parts })).dispose();
      loaded++;
    } catch (error) {
      const { message } = error as Error;
      expect(message).toMatch(/^loadVae: the bytes/);
      if (!/^loadVae: the bytes: the file needs /.test(message)) expect(error).toBeInstanceOf(FileFormatError);
    }
    expect(tf.memory().numTensors, `round ${round}`).toBe(start);
  }
  expect(loaded).toBeGreaterThan(10);
  expect(loaded).toBeLessThan(290);
});
