import { sizeOfShape } from '../../ops/shape';
/** Values of a tensor in the wasm memory. */
export type HeapView = Float32Array | Int32Array | Uint8Array;

/** Shorter runs are copied value by value, which beats a call. */
const shortRun = 32;

/** Copies the block of `from` that starts at `begin` and has the shape `size` to `to`, densely. */
export function copyBlock(from: HeapView, shape: number[], begin: number[], to: HeapView, size: number[]): void {
  // From the last axis that is not whole, values lie in one piece.
  let last = shape.length - 1;
  while (last > 0 && size[last] === shape[last]) last--;
  const strides = shape.map((_, axis) => sizeOfShape(shape.slice(axis + 1)));
  const run = size[last]! * strides[last]!;
  let write = 0;
  const copy = (axis: number, offset: number) => {
    const start = offset + begin[axis]! * strides[axis]!;
    if (axis < last) {
      for (let i = 0; i < size[axis]!; i++) copy(axis + 1, start + i * strides[axis]!);
    } else if (run < shortRun) {
      for (let i = 0; i < run; i++) to[write++] = from[start + i]!;
    } else {
      to.set(from.subarray(start, start + run), write);
      write += run;
    }
  };
  copy(0, 0);
}
