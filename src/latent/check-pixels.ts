/** Far above the range of a decoder that overshoots, and far below the range of bytes. */
const MOST = 10;

/**
 * Refuses pictures whose values are bytes: clipped to [0, 1], they would silently be white.
 *
 * @param what Named in the error, such as `savePng: image`.
 */
export function checkPixels(what: string, values: Float32Array): void {
  const wrong = values.find(value => value > MOST && value < Infinity);
  if (wrong !== undefined) {
    throw new Error(`${what} must hold values in [0, 1], got ${wrong}; divide bytes by 255`);
  }
}
