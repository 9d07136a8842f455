import { describe, expect, test } from 'vitest';
import type { WasmBackend } from '../../../src/backends/wasm/scratch';
import { simdKernelsOf } from '../../../src/backends/wasm/simd-kernels';

const backendWith = (wasm: object) => ({ wasm }) as unknown as WasmBackend;

describe('simdKernelsOf', () => {
  test('makes the kernels once a backend, on its memory', () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const backend = backendWith({ asm: { memory } });
    const simd = simdKernelsOf(backend)!;
    expect(simdKernelsOf(backend)).toBe(simd);
    const values = new Float32Array(memory.buffer, 1024, 21);
    values.set(Float32Array.from({ length: 20 }, (_, i) => i));
    // Two rows of ten, summed over the rows.
    simd.sum(1024, 1, 2, 10, 2048);
    expect(Array.from(new Float32Array(memory.buffer, 2048, 10))).toEqual([10, 12, 14, 16, 18, 20, 22, 24, 26, 28]);
  });

  test('writes nothing past the end of a result, nor changes memory by being made', () => {
    const memory = new WebAssembly.Memory({ initial: 40 });
    const all = new Float32Array(memory.buffer).fill(7);
    const simd = simdKernelsOf(backendWith({ asm: { memory } }))!;
    expect(all.every(value => value === 7)).toBe(true);
    const [a, b, c, space] = [4096, 8192, 12288, 65536];
    // Rows and columns that fill no tile.
    simd.multiply(a, 3, 1, b, 5, 1, c, 5, 3, 3, 5, space, 0);
    expect(Array.from(all.subarray(c / 4 - 1, c / 4 + 16))).toEqual([7, ...Array<number>(15).fill(147), 7]);
    const end = (space + simd.workspace()) / 4;
    expect(all.subarray(end).every(value => value === 7)).toBe(true);
    simd.softplus(a, 3, c);
    expect(all[c / 4 + 2]).toBeCloseTo(7.000912, 5);
    expect(all[c / 4 + 3]).toBe(147);
  });

  test('runs on shared memory too, where tfjs has it with threads', () => {
    const wasmMemory = new WebAssembly.Memory({ initial: 1, maximum: 16384, shared: true });
    const simd = simdKernelsOf(backendWith({ asm: {}, wasmMemory }))!;
    const values = new Float32Array(wasmMemory.buffer);
    values.set([1, 2, 3, 4, 5], 256);
    simd.sum(1024, 1, 5, 1, 2048);
    expect(values[512]).toBe(15);
    // It grows, as a backend's does.
    wasmMemory.grow(40);
    simd.softplus(1024, 5, 65536);
    expect(new Float32Array(wasmMemory.buffer, 65536, 5)[4]).toBeCloseTo(5.006715, 5);
  });

  test.each([
    ['no module', {}],
    ['a memory that is not exported', { asm: {} }],
  ])('is undefined with %s', (_, wasm) => {
    expect(simdKernelsOf(backendWith(wasm))).toBeUndefined();
  });
});
