/** An idx file: uint8 unless a type and its big-endian bytes are given. */
export function idxBytes(shape: readonly number[], body: ArrayLike<number>, type = 8): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + body.length);
  bytes.set([0, 0, type, shape.length]);
  const view = new DataView(bytes.buffer);
  shape.forEach((n, i) => {
    view.setUint32(4 + 4 * i, n);
  });
  bytes.set(body, 4 + 4 * shape.length);
  return bytes;
}
