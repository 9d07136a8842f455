/** The shapes that `sprites` can draw, in the order of their labels. */
export const SPRITE_SHAPES: readonly SpriteShape[] = ['square', 'ellipse', 'heart', 'triangle'];

/** A shape that `sprites` can draw. */
export type SpriteShape = 'square' | 'ellipse' | 'heart' | 'triangle';

/** Distance to an outline, negative inside: u to the right, v upwards, lengths in sides of a square of the same area. */
export type ShapeDistance = (u: number, v: number) => number;

// Every shape has area 1 and its centre of mass at 0, so that neither scale nor place tells which shape it is.
const ELLIPSE_SHORT = 1 / Math.sqrt(2 * Math.PI);
const ELLIPSE_LONG = 2 * ELLIPSE_SHORT;
/** A square on its tip, of area ½, and two half discs on its upper sides, each of area π/16. */
const HEART_AREA = 0.5 + Math.PI / 8;
const HEART_SIZE = 1 / Math.sqrt(HEART_AREA);
const HEART_CENTRE = (0.5 * 0.5 + (Math.PI / 8) * (0.75 + 1 / (3 * Math.PI))) / HEART_AREA;
const TRIANGLE_INRADIUS = 1 / Math.sqrt(3 * Math.sqrt(3));

/** Farthest point of any shape from its centre: a corner of the triangle. */
export const SHAPE_REACH = 2 * TRIANGLE_INRADIUS;

/**
 * Signed distances to the outlines: exact for the heart, after Quilez, "2D distance functions"; for the others exact
 * along the sides or to first order at the outline, which is what antialiasing needs.
 */
export const SHAPE_DISTANCES: Readonly<Record<SpriteShape, ShapeDistance>> = {
  square: (u, v) => Math.max(Math.abs(u), Math.abs(v)) - 0.5,
  ellipse: (u, v) => {
    const [a, b] = [u / ELLIPSE_LONG, v / ELLIPSE_SHORT];
    const level = Math.hypot(a, b);
    if (level === 0) return -ELLIPSE_SHORT;
    return (level * (level - 1)) / Math.hypot(a / ELLIPSE_LONG, b / ELLIPSE_SHORT);
  },
  heart: (u, v) => {
    const x = Math.abs(u) / HEART_SIZE;
    const y = v / HEART_SIZE + HEART_CENTRE;
    if (x + y > 1) return HEART_SIZE * (Math.hypot(x - 0.25, y - 0.75) - Math.SQRT2 / 4);
    const half = 0.5 * Math.max(x + y, 0);
    const distance = Math.min(Math.hypot(x, y - 1), Math.hypot(x - half, y - half));
    return HEART_SIZE * Math.sign(x - y) * distance;
  },
  triangle: (u, v) => {
    const slanted = (Math.sqrt(3) / 2) * Math.abs(u) + v / 2;
    return Math.max(slanted, -v) - TRIANGLE_INRADIUS;
  },
};
