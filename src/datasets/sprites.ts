import type { ArrayField } from '../data/array-field';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { Rng } from '../random/rng';
import { SHAPE_DISTANCES, SHAPE_REACH, SPRITE_SHAPES, type SpriteShape } from './shape-distance';

/** What `sprites` takes. */
export type SpritesOptions = {
  /** Number of images. */
  count: number;
  /** Height and width in pixels; 28 unless given. */
  size?: number;
  /** Seed of the factors; 0 unless given, so that the data set is the same in every run. */
  seed?: number;
  /** Shapes to draw from, equally likely; square, ellipse and heart unless given. */
  shapes?: readonly SpriteShape[];
};

/** Images of shapes with the factors that made them. */
export type Sprites = {
  /** `[count, size, size, 1]`, uint8 with scale 1/255: white on black. */
  images: ArrayField;
  /** `[count, 5]`, float32, in the order of `factorNames`. */
  factors: ArrayField;
  /** Names of the columns of `factors`. */
  factorNames: readonly ['shape', 'scale', 'angle', 'x', 'y'];
  /** Index of each image's shape in `shapeNames`. */
  labels: Uint8Array;
  /** The shapes that were drawn from, in the order of their labels. */
  shapeNames: readonly SpriteShape[];
};

/** Ranges keep every shape inside the picture, and the angles within what a square can tell apart. */
const SCALE = [0.32, 0.45] as const;
const ANGLE = [-Math.PI / 4, Math.PI / 4] as const;
const POSITION = [0.4, 0.6] as const;

/**
 * Images of one small shape each, made on the spot with known factors of variation, after dSprites (Matthey et al.
 * 2017); nothing is downloaded.
 *
 * The factors are independent and uniform: `shape` an index into `shapeNames`; `scale` the side of a square of the
 * shape's area, from 0.32 to 0.45 of the picture; `angle` from −π/4 to π/4, counter-clockwise; `x` and `y` the centre,
 * from 0.4 to 0.6 of the picture, to the right and upwards. Unlike in dSprites no two sets of factors give the same
 * picture. Edges are smooth, one pixel wide. The first images do not depend on `count`.
 *
 * @throws When `count` or `size` is out of range or a shape is unknown.
 * @example
 * ```ts
 * const { images, labels } = sprites({ count: 5000, seed: 1 });
 * const x = toTensor(images, { count: 100 }); // [100, 28, 28, 1] in [0, 1]
 * ```
 */
export function sprites(options: SpritesOptions): Sprites {
  checkKeys('sprites', options, ['count', 'size', 'seed', 'shapes'], {}, ['count']);
  const { count, size = 28, seed = 0, shapes = SPRITE_SHAPES.slice(0, 3) } = options;
  check(count, size, shapes);
  const factors = drawFactors(new Rng(seed).fork('sprites'), count, shapes.length);
  const values = new Uint8Array(count * size * size);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = factors[5 * i]!;
    draw(
      values.subarray(i * size * size, (i + 1) * size * size),
      size,
      shapes[labels[i]!]!,
      factors.subarray(5 * i + 1, 5 * i + 5),
    );
  }
  return {
    images: { values, shape: [count, size, size, 1], scale: 1 / 255 },
    factors: { values: factors, shape: [count, 5] },
    factorNames: ['shape', 'scale', 'angle', 'x', 'y'],
    labels,
    shapeNames: [...shapes],
  };
}

function check(count: number, size: number, shapes: readonly SpriteShape[]): void {
  checkCount('sprites', 'count', count);
  if (!Number.isSafeInteger(size) || size < 8) {
    throw new Error(`sprites: size must be an integer of at least 8 pixels, got ${size}`);
  }
  const wrong = shapes.find(shape => !SPRITE_SHAPES.includes(shape));
  if (shapes.length === 0 || wrong !== undefined) {
    throw new Error(`sprites: shapes must be some of ${SPRITE_SHAPES.join(', ')}, got ${wrong ?? 'none'}`);
  }
}

function drawFactors(rng: Rng, count: number, shapeCount: number): Float32Array {
  const factors = rng.uniformValues(5 * count);
  const ranges = [SCALE, ANGLE, POSITION, POSITION];
  for (let i = 0; i < factors.length; i++) {
    const range = ranges[(i % 5) - 1];
    factors[i] = range ? range[0] + (range[1] - range[0]) * factors[i]! : Math.floor(shapeCount * factors[i]!);
  }
  return factors;
}

/** For each pixel, the share of it that lies inside the shape, from the distance of its middle to the outline. */
function draw(pixels: Uint8Array, size: number, shape: SpriteShape, factors: Float32Array): void {
  const [scale, angle, x, y] = factors as unknown as [number, number, number, number];
  const distance = SHAPE_DISTANCES[shape];
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  // The rest of the picture stays black: no shape reaches further from its centre.
  const reach = SHAPE_REACH * scale + 1 / size;
  const [left, right] = pixelRange(x - reach, x + reach, size);
  const [top, bottom] = pixelRange(1 - y - reach, 1 - y + reach, size);
  for (let row = top; row < bottom; row++) {
    const dy = 1 - (row + 0.5) / size - y;
    for (let column = left; column < right; column++) {
      const dx = (column + 0.5) / size - x;
      const outside = distance(cos * dx + sin * dy, cos * dy - sin * dx) * scale * size;
      pixels[row * size + column] = Math.round(255 * Math.min(Math.max(0.5 - outside, 0), 1));
    }
  }
}

function pixelRange(from: number, to: number, size: number): [number, number] {
  return [Math.max(0, Math.floor(from * size)), Math.min(size, Math.ceil(to * size))];
}
