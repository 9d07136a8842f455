import type * as tf from '@tensorflow/tfjs';
import { checkPixels } from '../latent/check-pixels';
import { type TileOptions, tileImages } from '../latent/tile-images';
import { checkTensor } from '../ops/check-tensor';

/** An image on the host. */
export type Picture = {
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  /** Red, green, blue, alpha of each pixel, row by row. */
  pixels: Uint8ClampedArray;
};

/**
 * One picture out of many images, in a form that a worker can hand over.
 *
 * @param images `[n, height, width]` or `[n, height, width, 1, 3 or 4]`, values in [0, 1]; those a little outside
 * are clipped, NaN is black. The tensor stays the caller's.
 * @param options How they are laid out.
 * @throws When the images have another shape or values above 10 (bytes), or an option is out of range.
 * @example
 * ```ts
 * const samples = vae.sample(16, { seed: 1 });
 * const { width, height, pixels } = await toPicture(samples, { columns: 8 });
 * samples.dispose();
 * ```
 */
export async function toPicture(images: tf.Tensor, options: TileOptions = {}): Promise<Picture> {
  checkTensor('toPicture: images', images);
  const channels = images.rank === 3 ? 1 : images.shape[3];
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new Error(`toPicture: images must be [n, height, width, 1, 3 or 4], got [${images.shape}]`);
  }
  const sheet = tileImages(images, options);
  const [height, width] = sheet.shape;
  const values = await sheet.data<'float32'>();
  sheet.dispose();
  checkPixels('toPicture: images', values);
  return { width, height, pixels: toRgba(values, channels) };
}

/**
 * Draws a picture from a worker; the canvas takes its size. Enlarge it by CSS, with `image-rendering: pixelated`.
 *
 * @throws When there is no canvas or no picture, or the canvas has no 2d context, for example because it already has
 * a context of another kind.
 * @example
 * ```ts
 * drawPicture(document.querySelector('canvas')!, await toPicture(xTest));
 * ```
 */
export function drawPicture(canvas: HTMLCanvasElement | OffscreenCanvas, picture: Picture): void {
  if (typeof canvas?.getContext !== 'function') {
    throw new Error(`drawPicture: the first argument must be a canvas, got ${canvas}; does the page have the element?`);
  }
  const { width, height, pixels } = picture ?? {};
  if (!(pixels?.length === 4 * width * height)) {
    throw new Error('drawPicture: the second argument must be a picture { width, height, pixels }; await toPicture');
  }
  const context = canvas.getContext('2d') as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null;
  if (!context) throw new Error('drawPicture: the canvas has no 2d context; give one that nothing else draws on');
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const image = context.createImageData(width, height);
  image.data.set(pixels);
  context.putImageData(image, 0, 0);
}

/** A clamped array rounds, clips, and takes NaN for 0. */
function toRgba(values: Float32Array, channels: 1 | 3 | 4): Uint8ClampedArray {
  const count = values.length / channels;
  const pixels = new Uint8ClampedArray(4 * count).fill(255);
  const colours = Math.max(3, channels);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < colours; c++) pixels[4 * i + c] = 255 * values[i * channels + (channels === 1 ? 0 : c)]!;
  }
  return pixels;
}
