import { extname } from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { checkPixels } from '../latent/check-pixels';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { checkTensor } from '../ops/check-tensor';
import { importOptional } from './import-optional';
import { writeFileIn } from './write-file';

/** What `savePng` takes beside the image. */
export type SavePngOptions = {
  /** Pixels of the file along each side of a pixel of the image, a positive integer; 1 unless given. */
  scale?: number;
};

/** PNG's colour type for each number of channels: grey, RGB, RGBA. */
const COLOUR_TYPES = { 1: 0, 3: 2, 4: 6 } as const;

/**
 * Writes an image to a PNG file, 8 bits per channel; needs the package `pngjs`.
 *
 * @param path The file, .png; its folders are made.
 * @param image `[height, width]` or `[height, width, channels]` with 1, 3 or 4 channels, values in [0, 1]. Values
 * a little outside are clipped, NaN is black. The tensor stays the caller's.
 * @param options Whole-number enlargement.
 * @throws When the path does not end in .png, the image has another shape, its values are integers or above 10 (bytes),
 * `scale` is not a positive integer, or pngjs is missing.
 * @example
 * ```ts
 * await savePng('out/samples.png', tileImages(vae.sample(64, { seed: 1 })), { scale: 2 });
 * ```
 */
export async function savePng(path: string, image: tf.Tensor, options: SavePngOptions = {}): Promise<void> {
  checkKeys('savePng', options, ['scale']);
  const { scale = 1 } = options;
  if (extname(path).toLowerCase() !== '.png') throw new Error(`savePng: path must end in .png, got ${path}`);
  checkTensor('savePng: image', image);
  const [height, width, channels = 1] = image.shape;
  if ((image.rank !== 2 && image.rank !== 3) || !height || !width || !isColour(channels)) {
    throw new Error(
      `savePng: image must be [height, width] or [height, width, 1, 3 or 4], got [${image.shape}]; for several images see tileImages`,
    );
  }
  if (image.dtype !== 'float32') {
    throw new Error(`savePng: image must hold float32 values in [0, 1], got ${image.dtype}; divide bytes by 255`);
  }
  checkCount('savePng', 'scale', scale);
  const { PNG } = await importOptional('savePng', 'pngjs', () => import('pngjs'));
  const values = await image.data<'float32'>();
  checkPixels('savePng: image', values);
  const bytes = toBytes(values);
  const colorType = COLOUR_TYPES[channels];
  const png = new PNG({
    width: width * scale,
    height: height * scale,
    colorType,
    inputColorType: colorType,
    inputHasAlpha: channels === 4,
  });
  png.data = Buffer.from(enlarge(bytes, width, height, channels, scale));
  const file = PNG.sync.write(png, { colorType, inputColorType: colorType, inputHasAlpha: channels === 4 });
  await writeFileIn(path, file);
}

function isColour(channels: number): channels is keyof typeof COLOUR_TYPES {
  return channels in COLOUR_TYPES;
}

/** [0, 1] → 0 … 255: a clamped array rounds, clips, and takes NaN for 0. */
function toBytes(values: Float32Array): Uint8ClampedArray {
  return Uint8ClampedArray.from(values, v => 255 * v);
}

function enlarge(
  bytes: Uint8ClampedArray,
  width: number,
  height: number,
  channels: number,
  scale: number,
): Uint8ClampedArray {
  if (scale === 1) return bytes;
  const rowLength = width * scale * channels;
  const large = new Uint8ClampedArray(rowLength * height * scale);
  for (let y = 0; y < height; y++) {
    const first = y * scale * rowLength;
    for (let x = 0; x < width * scale; x++) {
      const from = (y * width + Math.floor(x / scale)) * channels;
      large.set(bytes.subarray(from, from + channels), first + x * channels);
    }
    for (let copy = 1; copy < scale; copy++) large.copyWithin(first + copy * rowLength, first, first + rowLength);
  }
  return large;
}
