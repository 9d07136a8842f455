import { describe, expect, test } from 'vitest';
import { SHAPE_DISTANCES, SPRITE_SHAPES } from '../../src/datasets/shape-distance';
import { type SpritesOptions, sprites } from '../../src/datasets/sprites';

const AREA = 28 * 28;

/** Sum, centre (x rightwards, y upwards, as shares of the picture) and second moments of an image. */
function moments(pixels: ArrayLike<number>, size: number) {
  const m = { sum: 0, x: 0, y: 0, xx: 0, yy: 0, xy: 0 };
  for (let i = 0; i < pixels.length; i++) {
    const [x, y, v] = [((i % size) + 0.5) / size, 1 - (Math.floor(i / size) + 0.5) / size, pixels[i]! / 255];
    m.sum += v;
    m.x += v * x;
    m.y += v * y;
    m.xx += v * x * x;
    m.yy += v * y * y;
    m.xy += v * x * y;
  }
  for (const key of ['x', 'y', 'xx', 'yy', 'xy'] as const) m[key] /= m.sum;
  return { ...m, xx: m.xx - m.x ** 2, yy: m.yy - m.y ** 2, xy: m.xy - m.x * m.y };
}

function each(options: SpritesOptions, visit: (pixels: ArrayLike<number>, factors: number[]) => void): void {
  const { images, factors } = sprites(options);
  const size = images.shape[1]!;
  for (let i = 0; i < options.count; i++) {
    visit(images.values.subarray(i * size * size, (i + 1) * size * size), [
      ...factors.values.subarray(5 * i, 5 * i + 5),
    ]);
  }
}

describe('sprites', () => {
  test('has the shapes, names and types that it says', () => {
    const { images, factors, factorNames, labels, shapeNames } = sprites({ count: 40 });
    expect(images).toMatchObject({ shape: [40, 28, 28, 1], scale: 1 / 255 });
    expect(images.values).toBeInstanceOf(Uint8Array);
    expect(factors.shape).toEqual([40, 5]);
    expect(factorNames).toEqual(['shape', 'scale', 'angle', 'x', 'y']);
    expect(shapeNames).toEqual(['square', 'ellipse', 'heart']);
    expect([...labels]).toEqual(Array.from({ length: 40 }, (_, i) => factors.values[5 * i]));
    expect(new Set(labels)).toEqual(new Set([0, 1, 2]));
  });

  test('is a function of the seed, and its first images do not depend on the count', () => {
    const [a, b] = [sprites({ count: 20, seed: 5 }), sprites({ count: 30, seed: 5 })];
    expect(b.images.values.subarray(0, 20 * AREA)).toEqual(a.images.values);
    expect(b.factors.values.subarray(0, 100)).toEqual(a.factors.values);
    expect(sprites({ count: 20, seed: 6 }).images.values).not.toEqual(a.images.values);
    expect(sprites({ count: 20 })).toEqual(sprites({ count: 20, seed: 0 }));
  });

  test('draws factors uniformly and independently over the documented ranges', () => {
    const count = 6000;
    const { values } = sprites({ count, size: 8 }).factors;
    const ranges = [
      [0, 2],
      [0.32, 0.45],
      [-Math.PI / 4, Math.PI / 4],
      [0.4, 0.6],
      [0.4, 0.6],
    ] as const;
    const columns = ranges.map((_, f) => Float64Array.from({ length: count }, (_, i) => values[5 * i + f]!));
    const standard = columns.map((column, f) => {
      const [low, high] = ranges[f]!;
      expect(Math.min(...column)).toBeGreaterThanOrEqual(low - 1e-6);
      expect(Math.max(...column)).toBeLessThanOrEqual(high + 1e-6);
      const deviation = (high - low) * (f === 0 ? Math.sqrt(1 / 6) : Math.sqrt(1 / 12));
      return column.map(v => (v - (low + high) / 2) / deviation);
    });
    const correlation = (a: Float64Array, b: Float64Array) => a.reduce((sum, v, i) => sum + v * b[i]!, 0) / count;
    // Five standard errors.
    const tolerance = 5 / Math.sqrt(count);
    standard.forEach((a, f) => {
      expect(Math.abs(a.reduce((sum, v) => sum + v, 0) / count)).toBeLessThan(tolerance);
      expect(Math.abs(correlation(a, a) - 1)).toBeLessThan(tolerance);
      for (const b of standard.slice(f + 1)) expect(Math.abs(correlation(a, b))).toBeLessThan(tolerance);
    });
  });

  test.each(SPRITE_SHAPES)('draws the %s of the area, and at the place, that its factors say', shape => {
    each({ count: 60, size: 64, shapes: [shape] }, (pixels, [, scale, , x, y]) => {
      const found = moments(pixels, 64);
      expect(Math.abs(found.sum / 64 ** 2 / scale! ** 2 - 1)).toBeLessThan(0.02);
      expect(Math.hypot(found.x - x!, found.y - y!)).toBeLessThan(0.002);
    });
  });

  test('turns counter-clockwise: the long axis of the ellipse has the angle', () => {
    each({ count: 60, size: 64, shapes: ['ellipse'] }, (pixels, [, , angle]) => {
      const { xx, yy, xy } = moments(pixels, 64);
      expect(0.5 * Math.atan2(2 * xy, xx - yy)).toBeCloseTo(angle!, 1);
    });
  });

  test('points the heart down and the triangle up', () => {
    const middle = (shape: 'heart' | 'triangle', v: number) => SHAPE_DISTANCES[shape](0.3, v) < 0;
    expect([middle('heart', 0.3), middle('heart', -0.5)]).toEqual([true, false]);
    expect([middle('triangle', 0.5), middle('triangle', -0.3)]).toEqual([false, true]);
  });

  test('keeps every shape off the border, smooth at its edge and white inside', () => {
    each({ count: 300 }, pixels => {
      for (let i = 0; i < 28; i++) {
        const border = [pixels[i], pixels[27 * 28 + i], pixels[28 * i], pixels[28 * i + 27]];
        expect(Math.max(...border.map(Number))).toBe(0);
      }
      const grey = Array.from(pixels).filter(v => v > 0 && v < 255).length;
      expect(grey).toBeGreaterThan(5);
      expect(Math.max(...Array.from(pixels))).toBe(255);
    });
  });

  test('makes 5,000 images in well under a second', () => {
    const start = performance.now();
    sprites({ count: 5000 });
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test.each<[string, SpritesOptions, RegExp]>([
    ['no image', { count: 0 }, /count must be a positive integer, got 0/],
    ['tiny images', { count: 1, size: 7 }, /size must be an integer of at least 8 pixels, got 7/],
    ['no shape', { count: 1, shapes: [] }, /shapes must be some of square, ellipse, heart, triangle, got none/],
    ['unknown shapes', { count: 1, shapes: ['star' as 'heart'] }, /got star/],
  ])('refuses %s', (_name, options, message) => {
    expect(() => sprites(options)).toThrow(message);
  });
});
