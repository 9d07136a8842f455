import * as tf from '@tensorflow/tfjs';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { checkTensor } from '../ops/check-tensor';

/** What `tileImages` takes. */
export type TileOptions = {
  /** Pictures side by side; the rounded-up square root of their number unless given. */
  columns?: number;
  /** Pixels between pictures and around them; 1 unless given. */
  padding?: number;
  /** Value of the padding and of places without a picture; 0 unless given. */
  background?: number;
};

/**
 * One picture out of many: row by row, from left to right and top to bottom.
 *
 * @param images `[n, height, width]` or `[n, height, width, channels]`.
 * @param options Columns, padding and its value.
 * @returns `[rows · (height + padding) + padding, columns · (width + padding) + padding, channels]`; one channel for
 * images without that axis.
 * @throws When the images have another rank, there is no image, or an option is out of range.
 * @example
 * ```ts
 * const sheet = tileImages(vae.sample(64, { seed: 1 }), { columns: 8, padding: 2, background: 1 });
 * ```
 */
export function tileImages(images: tf.Tensor, options: TileOptions = {}): tf.Tensor3D {
  checkTensor('tileImages: images', images);
  checkKeys('tileImages', options, ['columns', 'padding', 'background']);
  const [n, height, width, channels = 1] = images.shape;
  if ((images.rank !== 3 && images.rank !== 4) || !n || height === undefined || width === undefined) {
    throw new Error(
      `tileImages: images must be [n, height, width] or [n, height, width, channels] with n of at least 1, got [${images.shape}]`,
    );
  }
  const { columns = Math.ceil(Math.sqrt(n)), padding = 1, background = 0 } = options;
  checkCount('tileImages', 'columns', columns);
  if (!Number.isSafeInteger(padding) || padding < 0) {
    throw new Error(`tileImages: padding must be a number of pixels, 0 or more, got ${padding}`);
  }
  const rows = Math.ceil(n / columns);
  return tf.tidy(() => {
    const full = tf.reshape(tf.cast(images, 'float32'), [n, height, width, channels]);
    // Each picture brings the gap on its right and below; the gap on the left and on top is added to the whole.
    const cells = tf.pad(
      full,
      [
        [0, rows * columns - n],
        [0, padding],
        [0, padding],
        [0, 0],
      ],
      background,
    );
    const [cellHeight, cellWidth] = [height + padding, width + padding];
    const laid = tf.transpose(tf.reshape(cells, [rows, columns, cellHeight, cellWidth, channels]), [0, 2, 1, 3, 4]);
    const sheet = tf.reshape(laid, [rows * cellHeight, columns * cellWidth, channels]);
    return tf.pad(
      sheet,
      [
        [padding, 0],
        [padding, 0],
        [0, 0],
      ],
      background,
    ) as tf.Tensor3D;
  });
}
