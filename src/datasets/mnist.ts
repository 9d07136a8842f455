import { checkKeys } from '../ops/check-keys';
import { browserCache } from './cache';
import { type DownloadOptions, loadIdx } from './download';
import { asImages, asLabels, type ImageSet } from './labelled-images';

/** Images with the class of each. */
export type LabelledImages = Required<ImageSet>;

/** A data set in its customary two parts. */
export type TrainAndTest = {
  /** What is trained on. */
  train: LabelledImages;
  /** What is held out. */
  test: LabelledImages;
};

/**
 * MNIST: 60,000 + 10,000 handwritten digits, 28 × 28, with their classes from 0 to 9; 11 MB to download.
 *
 * Images are `[count, 28, 28, 1]`, uint8 with scale 1/255, labels one byte each. LeCun, Cortes, Burges.
 *
 * @param options Mirror, cache, `fetch`, abort signal.
 * @throws When a file does not come or is not what it should be; the error names its address.
 * @example
 * ```ts
 * import { fileCache } from 'tfjs-vae/node';
 *
 * const { train, test } = await mnist({ cache: fileCache('data') });
 * await trainer.fit(train.images, { epochs: 10, batchSize: 128, validationData: test.images });
 * ```
 */
export function mnist(options: DownloadOptions = {}): Promise<TrainAndTest> {
  return load('mnist', 'https://storage.googleapis.com/cvdf-datasets/mnist/', options);
}

/**
 * Fashion-MNIST: 60,000 + 10,000 pictures of clothes, 28 × 28, with their classes from 0 to 9; 30 MB to download.
 *
 * It has the form of `mnist`. Xiao, Rasul, Vollgraf 2017 (arXiv 1708.07747).
 *
 * @param options Mirror, cache, `fetch`, abort signal.
 * @throws When a file does not come or is not what it should be; the error names its address.
 * @example
 * ```ts
 * const { train } = await fashionMnist();
 * const x = toTensor(train.images, { count: 64 }); // [64, 28, 28, 1] in [0, 1]
 * ```
 */
export function fashionMnist(options: DownloadOptions = {}): Promise<TrainAndTest> {
  // The mirror of Keras: the authors' own address is plain http, which secure pages may not read.
  return load('fashionMnist', 'https://storage.googleapis.com/tensorflow/tf-keras-datasets/', options);
}

async function load(owner: string, home: string, options: DownloadOptions): Promise<TrainAndTest> {
  checkKeys(owner, options, ['baseUrl', 'fetch', 'cache', 'signal'], { url: 'baseUrl' });
  const { baseUrl = home, cache = browserCache() } = options;
  const folder = baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`;
  const file = (name: string) =>
    loadIdx({ owner, name: `${owner}/${name}`, url: folder + name }, { ...options, cache });
  const set = async (prefix: string): Promise<LabelledImages> => {
    const [pictures, classes] = await Promise.all([
      file(`${prefix}-images-idx3-ubyte.gz`),
      file(`${prefix}-labels-idx1-ubyte.gz`),
    ]);
    try {
      const images = asImages(pictures);
      return { images, labels: asLabels(classes, images) };
    } catch (cause) {
      throw new Error(`${owner}: ${folder}${prefix}-…: ${(cause as Error).message}`, { cause });
    }
  };
  const [train, test] = await Promise.all([set('train'), set('t10k')]);
  return { train, test };
}
