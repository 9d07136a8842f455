import { writeSafetensors } from '../../src/io/safetensors';
import { repair } from './checkpoint-target';
import { type Config, layersOf, withConfig } from './model-files';

type Change = (config: Config) => unknown;
type Layer = { name: string; class_name: string; config: object; inbound_nodes: unknown[] };

const as = (value: unknown) => value as never;
const ref = (name: string, node = 0, tensor = 0) => [name, node, tensor, {}];

function layer(class_name: string, name: string, config: object, ...nodes: unknown[][]): Layer {
  return { name, class_name, config: { name, ...config }, inbound_nodes: nodes };
}

const input = (name: string, shape: readonly unknown[]) =>
  layer('InputLayer', name, { batch_input_shape: [null, ...shape], dtype: 'float32', sparse: false });
const dense = (name: string, from: string, units: unknown, more: object = {}) =>
  layer('Dense', name, { units, ...more }, [ref(from)]);

function model(name: string, layers: readonly Layer[], first = layers[0]!.name, last = layers.at(-1)!.name, node = 0) {
  const config = { name, layers, input_layers: [[first, 0, 0]], output_layers: [[last, node, 0]] };
  return { class_name: 'Model', config };
}

/** Sets the network of the encoder. */
const network =
  (topology: object): Change =>
  config => {
    config['encoder']!['config']!['network'] = as({ $network: topology });
  };
const layers = (...list: Layer[]) => network(model('crafted', list));
/** Sets an option of the first dense layer. */
const option =
  (name: string, value: unknown): Change =>
  config => {
    const dense = layersOf(config).find(({ class_name }) => (class_name as unknown) === 'Dense')!;
    dense['config']![name] = as(value);
  };

/** Each level applies the one below twice: 2 to the power of the levels. */
function doubling(levels: number): object {
  let inside: Layer = activation('leaf', '');
  for (let i = 0; i < levels; i++) {
    const start = inside.class_name === 'Model' ? 1 : 0;
    const twice = { ...inside, inbound_nodes: [[ref(`in${i}`)], [ref(inside.name, start)]] };
    const { config } = model(`level${i}`, [input(`in${i}`, [6]), twice], `in${i}`, inside.name, start + 1);
    inside = { ...layer('Model', `level${i}`, {}), config };
  }
  return { class_name: 'Model', config: inside.config };
}

/** A layer within a layer within a layer. */
function wrapped(depth: number, wrap: (inside: object) => object, core: object): object {
  let inside = core;
  for (let i = 0; i < depth; i++) inside = wrap(inside);
  return inside;
}

const bidirectional = (inside: object) => ({ class_name: 'Bidirectional', config: { name: 'b', layer: inside } });
const stacked = (inside: object) => ({ class_name: 'StackedRNNCells', config: { name: 's', cells: [inside] } });
const lstm = { class_name: 'LSTM', config: { name: 'l', units: 2, return_sequences: true } };
const cell = { class_name: 'LSTMCell', config: { name: 'c', units: 2 } };

const chain = (count: number, reverse: boolean) => {
  const list = [input('x', [6])];
  for (let i = 0; i < count; i++) list.push(activation(`f${i}`, i === 0 ? 'x' : `f${i - 1}`));
  const { config } = model('chain', list);
  return network({ class_name: 'Model', config: { ...config, layers: reverse ? [...list].reverse() : list } });
};

/** What an attacker would write into a configuration, by what it is. */
const hostileConfigs: Readonly<Record<string, Change>> = {
  'an inbound node that does not exist': layers(input('x', [6]), dense('a', 'nobody', 4)),
  'a layer that is its own input': layers(input('x', [6]), dense('a', 'a', 4)),
  'a cycle through two layers': layers(input('x', [6]), dense('a', 'b', 4), dense('b', 'a', 4)),
  'a node index out of range': layers(input('x', [6]), layer('Dense', 'a', { units: 4 }, [ref('x', 7)])),
  'a node index that is none': layers(input('x', [6]), layer('Dense', 'a', { units: 4 }, [ref('x', as('0'))])),
  'a tensor index out of range': layers(input('x', [6]), layer('Dense', 'a', { units: 4 }, [ref('x', 0, 9)])),
  'output layers out of range': network(model('m', [input('x', [6]), dense('a', 'x', 4)], 'x', 'a', 5)),
  'two layers of one name': layers(input('x', [6]), dense('a', 'x', 4), dense('a', 'x', 4)),
  'a layer of two names': layers(input('x', [6]), { ...dense('a', 'x', 4), name: 'b' }),
  'a layer called __proto__': layers(input('x', [6]), dense('__proto__', 'x', 4)),
  'a layer called toString': layers(input('x', [6]), dense('toString', 'x', 4)),
  'a layer that leads nowhere': network(
    model('m', [input('x', [6]), dense('a', 'x', 4), dense('b', 'x', 4)], 'x', 'a'),
  ),
  'a shared layer of more weights than the file': layers(
    input('x', [6]),
    layer('Dense', 'a', { units: 6 }, [ref('x')], [ref('a')]),
  ),
  'a merge of shapes that do not fit': layers(
    input('x', [6]),
    dense('a', 'x', 4),
    layer('Add', 'sum', {}, [ref('x'), ref('a')]),
  ),
  '2e7 units': option('units', 2e7),
  '2 ** 53 units': option('units', 2 ** 53),
  '-4 units': option('units', -4),
  '0.5 units': option('units', 0.5),
  'NaN units': option('units', { number: 'NaN' }),
  'units that are text': option('units', '4'),
  'an unknown initialiser': option('kernel_initializer', { class_name: 'Nothing', config: {} }),
  'an unknown regulariser': option('kernel_regularizer', { class_name: 'Nothing', config: {} }),
  'an unknown constraint': option('kernel_constraint', { class_name: 'Nothing', config: {} }),
  'an initialiser for a layer': layers(input('x', [6]), layer('GlorotUniform', 'a', {}, [ref('x')])),
  'a class name of the prototype': layers(input('x', [6]), layer('constructor', 'a', {}, [ref('x')])),
  'an orthogonal initialiser of 1500 squared': layers(
    input('x', [1500]),
    dense('a', 'x', 1500, { kernel_initializer: { class_name: 'Orthogonal', config: { gain: 1 } } }),
  ),
  'a loose layer with an orthogonal initialiser': network(
    model(
      'm',
      [
        input('x', [1400]),
        dense('a', 'x', 4),
        dense('b', 'x', 1400, { kernel_initializer: { class_name: 'Orthogonal', config: { gain: 1 } } }),
      ],
      'x',
      'a',
    ),
  ),
  'latentDim 1e8': config => {
    config['encoder']!['config']!['latentDim'] = as(1e8);
  },
  'a wide input': layers(input('x', [2 ** 40, 2 ** 40]), layer('Flatten', 'f', {}, [ref('x')]), dense('a', 'f', 4)),
  'an input of a million axes': config => {
    const shape = Array(10 ** 6).fill(1);
    return layers(
      input('x', shape),
      ...Array.from({ length: 400 }, (_, i) => activation(`a${i}`, i === 0 ? 'x' : `a${i - 1}`)),
    )(config);
  },
  'huge filters': layers(input('x', [8, 8, 1]), conv({ filters: 2e7, kernel_size: [3, 3] })),
  'a huge kernel': layers(input('x', [8, 8, 1]), conv({ filters: 4, kernel_size: [1e5, 1e5] })),
  'a huge dilation': layers(
    input('x', [8, 8, 1]),
    conv({ filters: 4, kernel_size: [3, 3], dilation_rate: [1e9, 1e9] }),
  ),
  'a huge upsampling': layers(
    input('x', [8, 8, 1]),
    layer('UpSampling2D', 'u', { size: [1e9, 1e9] }, [ref('x')]),
    layer('Flatten', 'f', {}, [ref('u')]),
    dense('a', 'f', 4),
  ),
  'an endless axis': layers(input('x', [6]), layer('Dot', 'd', { axes: -1e300 }, [ref('x'), ref('x')])),
  'an axis of text': layers(input('x', [6]), layer('Dot', 'd', { axes: '-5' }, [ref('x'), ref('x')])),
  'a large state': network(
    model('m', [
      layer('InputLayer', 'x', { batch_input_shape: [1e9, 4, 3], dtype: 'float32' }),
      layer('LSTM', 'l', { units: 2, stateful: true }, [ref('x')]),
    ]),
  ),
  'networks in networks, each twice': network(doubling(24)),
  'networks in networks, as many as may be': network(doubling(10)),
  'wrappers in wrappers': layers(input('x', [4, 3]), {
    ...layer('Bidirectional', 'b', {}, [ref('x')]),
    config: { name: 'b', layer: wrapped(24, bidirectional, lstm) },
  }),
  'cells in cells': layers(input('x', [4, 3]), layer('RNN', 'r', { cell: wrapped(24, stacked, cell) }, [ref('x')])),
  'wrappers in wrappers, as many as may be': layers(input('x', [4, 3]), {
    ...layer('Bidirectional', 'b', {}, [ref('x')]),
    config: { name: 'b', layer: wrapped(7, bidirectional, lstm) },
  }),
  'cells in cells, as many as may be': layers(
    input('x', [4, 3]),
    layer('RNN', 'r', { cell: wrapped(7, stacked, cell) }, [ref('x')]),
  ),
  'thousands of layers': chain(3000, false),
  'thousands of layers, the last one first': chain(3000, true),
  'thousands of networks': config => {
    const small = { $network: model('m', [input('x', [6]), dense('a', 'x', 4)]) };
    config['encoder']!['config']!['more'] = as(Array(6000).fill(small));
  },
  'thousands of inputs': config => {
    const many = Array.from({ length: 3000 }, (_, i) => input(`x${i}`, [6]));
    const last = layer(
      'Concatenate',
      'c',
      { axis: -1 },
      many.map(({ name }) => ref(name)),
    );
    const { config: topology } = model('m', [...many, last]);
    return network({ class_name: 'Model', config: { ...topology, input_layers: many.map(m => [m.name, 0, 0]) } })(
      config,
    );
  },
  'a layer with 5 MB of initial values': option('weights', Array(2.5e6).fill(0)),
  'a name of a megabyte': layers(input('x', [6]), dense('a'.repeat(2 ** 20), 'x', 4)),
  'keys of several spellings': config => {
    const dense = layersOf(config).find(({ class_name }) => (class_name as unknown) === 'Dense')!;
    Object.assign(dense, { class__name: 'Embedding', className: 'Embedding' });
    Object.assign(dense['config']!, { input_dim: 1e8, output_dim: 10 });
  },
  'a topology in a topology': config => {
    const inside = config['encoder']!['config']!['network']!['$network'];
    config['encoder']!['config']!['network'] = as({ $network: { model_config: inside } });
  },
  'NaN in JSON': config => JSON.stringify(config).replace('"units":4', '"units":NaN'),
  'brackets in brackets': () => `{"encoder":{},"decoder":${'['.repeat(2 ** 20)}${']'.repeat(2 ** 20)}}`,
  'brackets beside brackets': () => `{"encoder":{},"decoder":[${'[],'.repeat(2 ** 20)}[]]}`,
  'objects of one name each': () =>
    `{"encoder":{},"decoder":[${Array.from({ length: 2 ** 18 }, (_, i) => `{"${i}":0}`).join(',')}]}`,
};

function conv(config: object): Layer {
  return layer('Conv2D', 'c', config, [ref('x')]);
}

function activation(name: string, from: string): Layer {
  return layer('Activation', name, { activation: 'relu' }, [ref(from)]);
}

/** Files that carry such a configuration, and large ones. */
export function craftedFiles(seed: Uint8Array): Record<string, Uint8Array> {
  const files = Object.entries(hostileConfigs).map(([name, change]) => [name, withConfig(seed, change)] as const);
  return { ...Object.fromEntries(files), ...largeFiles() };
}

function largeFiles(): Record<string, Uint8Array> {
  const megabytes = (text: string) =>
    repair(writeSafetensors({}, { format: 'tfjs-vae/model', version: '1', checksum: '00000000', config: text }));
  const values = new Uint8Array(2 ** 24);
  return {
    '30 MB of brackets': megabytes('['.repeat(30 * 2 ** 20)),
    '30 MB of zeros': megabytes(`{"encoder":{},"decoder":[${'0,'.repeat(15 * 2 ** 20)}0]}`),
    '16 MB of bytes that are no weights': repair(
      writeSafetensors(
        { a: { dtype: 'bool', shape: [values.length], values } },
        { format: 'tfjs-vae/model', version: '1', checksum: '00000000', config: '{"encoder":{},"decoder":{}}' },
      ),
    ),
  };
}
