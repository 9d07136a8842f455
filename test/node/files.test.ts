import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileCache, type SavePngOptions, saveCurves, savePng, saveScatter } from '../../src/node';
import { importOptional } from '../../src/node/import-optional';
import { describeBackends } from '../support/backends';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tfjs-vae-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** RGBA rows of a PNG, as an independent reader has them. */
async function readPng(path: string) {
  const { width, height, data } = PNG.sync.read(await readFile(path));
  const rgba = (x: number, y: number) => [...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4)];
  return { width, height, rgba, data };
}

describeBackends('savePng', backend => {
  test('writes grey, rounded and clipped, into a folder that it makes', async () => {
    const path = join(dir, backend, 'deep', 'grey.png');
    const image = tf.tensor2d([0, 0.5, 1, -3, 7, Number.NaN], [2, 3]);
    const before = tf.memory().numTensors;
    await savePng(path, image);
    expect(tf.memory().numTensors).toBe(before);
    const { width, height, rgba } = await readPng(path);
    expect([width, height]).toEqual([3, 2]);
    const greys = [0, 128, 255, 0, 255, 0];
    greys.forEach((v, i) => {
      expect(rgba(i % 3, Math.floor(i / 3))).toEqual([v, v, v, 255]);
    });
  });

  test('writes RGB and RGBA', async () => {
    await savePng(join(dir, 'rgb.png'), tf.tensor3d([1, 0, 0, 0, 0.2, 1], [1, 2, 3]));
    const rgb = await readPng(join(dir, 'rgb.png'));
    expect([rgb.rgba(0, 0), rgb.rgba(1, 0)]).toEqual([
      [255, 0, 0, 255],
      [0, 51, 255, 255],
    ]);
    await savePng(join(dir, 'rgba.png'), tf.tensor3d([1, 0, 0, 0.2], [1, 1, 4]));
    expect((await readPng(join(dir, 'rgba.png'))).rgba(0, 0)).toEqual([255, 0, 0, 51]);
  });

  test('enlarges each pixel to a square', async () => {
    const colours = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [1, 1, 0],
    ];
    await savePng(join(dir, 'large.png'), tf.tensor3d(colours.flat(), [2, 2, 3]), { scale: 3 });
    const { width, height, rgba } = await readPng(join(dir, 'large.png'));
    expect([width, height]).toEqual([6, 6]);
    for (let y = 0; y < 6; y++) {
      for (let x = 0; x < 6; x++) {
        const colour = colours[2 * Math.floor(y / 3) + Math.floor(x / 3)]!;
        expect(rgba(x, y)).toEqual([...colour.map(v => 255 * v), 255]);
      }
    }
  });
});

describe('savePng refuses', () => {
  test.each<[string, () => tf.Tensor, SavePngOptions, RegExp]>([
    [
      'several images',
      () => tf.zeros([2, 3, 3, 1]),
      {},
      /image must be \[height, width\].*got \[2,3,3,1\].*tileImages/,
    ],
    ['two channels', () => tf.zeros([3, 3, 2]), {}, /got \[3,3,2\]/],
    ['no pixels', () => tf.zeros([0, 3]), {}, /got \[0,3\]/],
    ['bytes', () => tf.zeros([3, 3], 'int32'), {}, /float32 values in \[0, 1\], got int32; divide bytes by 255/],
    ['half a scale', () => tf.zeros([3, 3]), { scale: 1.5 }, /scale must be a positive integer, got 1.5/],
  ])('%s', async (_name, image, options, message) => {
    await expect(savePng(join(dir, 'no.png'), image(), options)).rejects.toThrow(message);
  });

  test('another extension, pictures of 0 to 255, and what is not a tensor', async () => {
    const refused = (path: string, image: unknown, message: string) =>
      expect(savePng(join(dir, path), image as tf.Tensor)).rejects.toThrow(message);
    await refused('no.jpg', tf.zeros([3, 3]), 'savePng: path must end in .png, got ');
    await refused('no.png', tf.fill([3, 3], 255), 'savePng: image must hold values in [0, 1], got 255; divide bytes');
    const rows = { values: new Float32Array(9), shape: [3, 3] };
    await refused('no.png', rows, 'savePng: image must be a tensor, got { values, shape }; make one by toTensor');
    await refused('no.png', null, 'savePng: image must be a tensor, got null');
    await refused('no.png', [[1]], 'savePng: image must be a tensor, got an array');
    expect(existsSync(join(dir, 'no.png'))).toBe(false);
    // A decoder may overshoot, and infinity is clipped as before.
    await savePng(join(dir, 'over.png'), tf.tensor2d([[1.7, -0.2, Number.POSITIVE_INFINITY, Number.NaN]]));
  });
});

const history = {
  epoch: [0, 1, 2],
  history: {
    loss: [150, 120, 110],
    val_loss: [140, Number.NaN, 111],
    kl: [10, 20, 25],
    elbo: [-150, -120, -110],
    beta: [0, 0.5, 1],
  },
};

/** Share of pixels that are not white. */
async function ink(path: string): Promise<number> {
  const { data } = await readPng(path);
  let dark = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i]! + data[i + 1]! + data[i + 2]! < 700) dark++;
  return (4 * dark) / data.length;
}

const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(match => match[1]);

describe('saveCurves', () => {
  const plot = async (options?: Parameters<typeof saveCurves>[2]) => {
    await saveCurves(join(dir, 'curves.svg'), history, options);
    return readFile(join(dir, 'curves.svg'), 'utf8');
  };

  test('draws a panel a key, both series, with axes, legend and heading', async () => {
    const svg = await plot({ title: 'A run' });
    const found = texts(svg);
    expect(found).toEqual(expect.arrayContaining(['A run', 'loss', 'kl', 'epoch', 'training', 'validation']));
    expect(found.filter(text => text === 'nats per example')).toHaveLength(2);
    expect(found).not.toContain('elbo');
    // Of one circle for each finite value there are 3 + 2 in the first panel and 3 in the second.
    expect(svg.match(/aria-roledescription="symbol mark container"/g)).toHaveLength(3);
    expect(svg.match(/<path[^>]*fill="white"/g)).toHaveLength(8);
  });

  test('counts epochs from 1, and gives no unit to what is not in nats', async () => {
    const found = texts(await plot({ keys: ['beta'] }));
    expect(found.filter(text => /^[0-9]$/.test(text!))).toEqual(['1', '2', '3']);
    expect(found).not.toContain('nats per example');
    expect(found).not.toContain('validation');
  });

  test('takes what LayersModel.fit returns', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    model.compile({ loss: 'meanSquaredError', optimizer: 'sgd' });
    const fitted = await model.fit(tf.ones([4, 1]), tf.ones([4, 1]), { epochs: 1, verbose: 0 });
    await saveCurves(join(dir, 'fit.svg'), fitted);
    expect(texts(await readFile(join(dir, 'fit.svg'), 'utf8'))).toContain('loss');
  });

  test('writes text into a PNG on a machine without fonts', async () => {
    await saveCurves(join(dir, 'plain.png'), history, { keys: ['loss'] });
    await saveCurves(join(dir, 'titled.png'), history, { keys: ['loss'], title: 'MMMMMMMMMMMMMMMMMMMM' });
    const [plain, titled] = [await readPng(join(dir, 'plain.png')), await readPng(join(dir, 'titled.png'))];
    expect(plain.width).toBeGreaterThan(600);
    const dark = async (name: string, { width, height }: { width: number; height: number }) =>
      (await ink(join(dir, name))) * width * height;
    expect(await dark('titled.png', titled)).toBeGreaterThan((await dark('plain.png', plain)) + 3000);
  });

  test.each<[string, Parameters<typeof saveCurves>, RegExp]>([
    ['another extension', ['curves.pdf', history], /path must end in \.svg or \.png, got curves\.pdf/],
    ['an unknown key', ['c.svg', history, { keys: ['mse'] }], /which holds loss, val_loss, kl, elbo, beta; got mse/],
    ['an empty history', ['c.svg', { history: {} }], /which holds nothing; got none/],
    ['a history of NaN', ['c.svg', { history: { loss: [Number.NaN] } }], /no finite value of loss/],
  ])('refuses %s', async (_name, args, message) => {
    await expect(saveCurves(...args)).rejects.toThrow(message);
  });
});

describe('saveScatter', () => {
  const points = [
    [0, 0],
    [1, 1],
    [2, 0.5],
    [3, -1],
  ];
  const plot = async (data: Omit<Parameters<typeof saveScatter>[1], 'points'>) => {
    await saveScatter(join(dir, 'scatter.svg'), { points, ...data });
    return readFile(join(dir, 'scatter.svg'), 'utf8');
  };

  /** Place and colour of each point. */
  const marks = (svg: string) => {
    const group = /mark-symbol role-mark.*?<\/g>/.exec(svg)![0];
    return [...group.matchAll(/translate\(([^)]*)\).*?fill="([^"]*)"/g)].map(match => [match[1], match[2]]);
  };

  test('puts each point at its place', async () => {
    const places = marks(await plot({})).map(([place]) => place!.split(',').map(Number));
    // x from 0 to 3 and y from −1 (below) to 1 over 440 pixels.
    const expected = points.map(([x, y]) => [(440 * x!) / 3, (440 * (1 - y!)) / 2]);
    expect(places.flat().map(Math.round)).toEqual(expected.flat().map(Math.round));
  });

  test('gives each label its colour and its name', async () => {
    const svg = await plot({
      values: [2, 0, 2, 1],
      names: ['square', 'ellipse', 'heart'],
      legend: 'shape',
      title: 'T',
    });
    expect(texts(svg)).toEqual(expect.arrayContaining(['square', 'ellipse', 'heart', 'shape', 'T', 'z₀', 'z₁']));
    expect(svg).not.toContain('linearGradient');
    const [heart, square, heartAgain, ellipse] = marks(svg).map(([, fill]) => fill);
    expect(heartAgain).toBe(heart);
    expect(new Set([heart, square, ellipse]).size).toBe(3);
  });

  test('draws a colour bar for a factor', async () => {
    const svg = await plot({ values: [0.1, 0.25, 0.3, 0.4], legend: 'scale', xLabel: 'left', yLabel: 'up' });
    expect(svg).toContain('linearGradient');
    expect(texts(svg)).toEqual(expect.arrayContaining(['scale', 'left', 'up']));
    expect(new Set(marks(svg).map(([, fill]) => fill)).size).toBe(4);
  });

  test('takes few whole numbers for labels, unless told otherwise', async () => {
    expect(await plot({ values: [0, 1, 2, 3] })).not.toContain('linearGradient');
    expect(await plot({ values: [0, 1, 2, 3], categorical: false })).toContain('linearGradient');
    expect(await plot({})).not.toContain('role-legend');
  });

  test('takes a tensor and leaves it alone, and leaves out what is not finite', async () => {
    const tensor = tf.tensor2d([0, 0, Number.NaN, 1, 2, 2], [3, 2]);
    const before = tf.memory().numTensors;
    await saveScatter(join(dir, 'tensor.svg'), { points: tensor, values: [1, 1, 2] });
    expect(tf.memory().numTensors).toBe(before);
    const svg = await readFile(join(dir, 'tensor.svg'), 'utf8');
    expect(marks(svg)).toHaveLength(2);
    expect(svg).not.toContain('NaN');
    tensor.dispose();
  });

  test.each<[string, Parameters<typeof saveScatter>, RegExp]>([
    ['three dimensions', ['s.svg', { points: [[1, 2, 3]] }], /points must be pairs, \[n, 2\], got 3 numbers at 0/],
    ['too few values', ['s.svg', { points, values: [1] }], /values must be one for each of 4 points, got 1/],
    ['no points', ['s.svg', { points: [] }], /points hold nothing finite to plot/],
    ['another extension', ['s.jpg', { points }], /path must end in \.svg or \.png, got s\.jpg/],
  ])('refuses %s', async (_name, args, message) => {
    await expect(saveScatter(...args)).rejects.toThrow(message);
  });

  test('takes values as a tensor, and points as { values, shape }', async () => {
    const labels = tf.tensor1d([0, 0, 1, 1], 'int32');
    const plain = await plot({ values: [0, 0, 1, 1] });
    expect(await plot({ values: labels })).toBe(plain);
    expect(labels.isDisposed).toBe(false);
    const field = { values: Float32Array.from(points.flat()), shape: [4, 2] };
    await saveScatter(join(dir, 'scatter.svg'), { points: field, values: [0, 0, 1, 1] });
    expect(await readFile(join(dir, 'scatter.svg'), 'utf8')).toBe(plain);
    const refused = (data: object, message: string) =>
      expect(saveScatter('s.svg', data as { points: number[][] })).rejects.toThrow(message);
    await refused({ points, values: tf.zeros([3]) }, 'saveScatter: values must be one for each of 4 points, got 3');
    await refused({ points, values: 5 }, 'values must be an array or a tensor of one number for each point, got 5');
    await refused({ points: { values: new Float32Array(3), shape: [3] } }, 'points must be [n, 2], got [3]');
    await refused({ points: undefined }, 'saveScatter: points is missing');
  });

  test('refuses a tensor of another shape', async () => {
    await expect(saveScatter('s.svg', { points: tf.zeros([4, 3]) })).rejects.toThrow(
      /points must be \[n, 2\], got \[4,3\]/,
    );
  });
});

describe('fileCache', () => {
  test('keeps files under their names, and knows nothing of others', async () => {
    const cache = fileCache(join(dir, 'cache'));
    expect(await cache.get('mnist/a.gz')).toBeUndefined();
    await cache.set('mnist/a.gz', Uint8Array.from([1, 2]));
    await cache.set('mnist/a.gz', Uint8Array.from([3, 4, 5]));
    expect(await cache.get('mnist/a.gz')).toEqual(Uint8Array.from([3, 4, 5]));
    expect(await readdir(join(dir, 'cache', 'mnist'))).toEqual(['a.gz']);
  });

  test('says so when it cannot read or write', async () => {
    await writeFile(join(dir, 'occupied'), '');
    const cache = fileCache(join(dir, 'occupied'));
    await expect(cache.get('a')).rejects.toThrow(/ENOTDIR/);
    await expect(cache.set('a', new Uint8Array(1))).rejects.toThrow(/EEXIST|ENOTDIR/);
  });

  test.each(['../a', '/etc/a', 'b/../../a', '..', 'C:\\a'])(
    'refuses the name %s, which leads out of the folder',
    async name => {
      await expect(fileCache(dir).get(name)).rejects.toThrow(/name must stay within the folder/);
      await expect(fileCache(dir).set(name, new Uint8Array(1))).rejects.toThrow(/name must stay within the folder/);
    },
  );
});

describe('importOptional', () => {
  test('names the package to install', async () => {
    const name = 'no-such-package-of-tfjs-vae';
    const load = () =>
      Promise.reject(Object.assign(new Error(`Cannot find package '${name}'`), { code: 'ERR_MODULE_NOT_FOUND' }));
    await expect(importOptional('savePng', name, load)).rejects.toThrow(
      `savePng: needs the package ${name}, which is not installed: npm install ${name}`,
    );
  });

  test('passes other errors on', async () => {
    await expect(importOptional('savePng', 'pngjs', () => Promise.reject(new TypeError('broken')))).rejects.toThrow(
      'broken',
    );
  });
});
