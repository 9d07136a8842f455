import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parseIdx, readIdx } from '../../src/data/idx';
import type { FuzzTarget } from './target';

const SIZES: Record<number, number> = { 8: 1, 9: 1, 11: 2, 12: 4, 13: 4, 14: 8 };

function idx(type: number, shape: readonly number[], bodyBytes: number): Uint8Array {
  const bytes = Uint8Array.from({ length: 4 + 4 * shape.length + bodyBytes }, (_, i) => (i * 37) % 256);
  bytes.set([0, 0, type, shape.length]);
  const view = new DataView(bytes.buffer);
  shape.forEach((n, i) => {
    view.setUint32(4 + 4 * i, n);
  });
  return bytes;
}

const seeds = [
  idx(8, [4, 3, 3], 36),
  idx(8, [6], 6),
  idx(9, [2, 2], 4),
  idx(11, [3], 6),
  idx(12, [2, 1], 8),
  idx(13, [2], 8),
  idx(14, [2, 2], 32),
  idx(8, [0, 28, 28], 0),
];

const type = fc.constantFrom(8, 9, 11, 12, 13, 14, 10, 0);
const size = fc.oneof({ weight: 8, arbitrary: fc.nat(3) }, fc.constantFrom(2 ** 31, 2 ** 32 - 1, 65536));
const generated = fc
  .tuple(type, fc.array(size, { maxLength: 6 }), fc.integer({ min: -1, max: 1 }), fc.boolean())
  .map(([type, shape, off, right]) => {
    const announced = shape.reduce((a, b) => a * b, 1) * (SIZES[type] ?? 1);
    return idx(type, shape, Math.max(0, Math.min(announced, 512) + (right ? 0 : off)));
  });

/** The values must be those of the bytes, read here one by one. */
function check(bytes: Uint8Array, { values, shape }: ReturnType<typeof parseIdx>): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = 4 + 4 * shape.length;
  const count = shape.reduce((a, b) => a * b, 1);
  const width = SIZES[bytes[2]!]!;
  if (count !== values.length) throw new Error(`[${shape}] with ${values.length} values`);
  if (header + count * width !== bytes.length) throw new Error(`${bytes.length} bytes for [${shape}]`);
  for (let i = 0; i < count; i++) {
    const at = header + i * width;
    const expected = {
      8: () => view.getUint8(at),
      9: () => view.getInt8(at),
      11: () => view.getInt16(at),
      12: () => view.getInt32(at),
      13: () => view.getFloat32(at),
      14: () => Math.fround(view.getFloat64(at)),
    }[bytes[2]!]!();
    if (!Object.is(values[i], expected)) throw new Error(`value ${i} is ${values[i]}, expected ${expected}`);
  }
}

export const idxTarget: FuzzTarget = {
  name: 'parseIdx',
  seeds,
  generated,
  heavy: {
    'int8 values, four bytes each when read': idx(9, [2 ** 24], 2 ** 24),
    'sizes of which the file has none': idx(14, [2 ** 31, 2 ** 20], 2 ** 20),
  },
  read(bytes) {
    const field = parseIdx(bytes);
    return () => check(bytes, field);
  },
};

export const packedIdxTarget: FuzzTarget = {
  name: 'readIdx of gzip',
  seeds: seeds.map(seed => new Uint8Array(gzipSync(seed))),
  generated: generated.map(bytes => new Uint8Array(gzipSync(bytes))),
  // The checksum catches most mutations of packed bytes, so half of the inputs are packed again from mutated ones.
  repair: bytes => {
    try {
      const plain = new Uint8Array(gunzipSync(bytes, { finishFlush: 2, maxOutputLength: 4096 }));
      if (plain.length > 3) plain[3] = Math.min(plain[3]!, 4);
      return new Uint8Array(gzipSync(plain));
    } catch {
      return bytes;
    }
  },
  heavy: {},
  async read(bytes) {
    const field = await readIdx(bytes);
    return () => check(new Uint8Array(gunzipSync(bytes)), field);
  },
};
