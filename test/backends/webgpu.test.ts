import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyWebgpu } from '../../src/backends/webgpu/apply';

const flag = 'WEBGPU_MATMUL_PROGRAM_TYPE';

// The flag alone: there is no WebGPU in this process.
describe('applyWebgpu', () => {
  beforeAll(() => tf.env().registerFlag(flag, () => -1));

  it('sets the one matrix product that is right, and puts the flag back', () => {
    expect(tf.env().get(flag)).toBe(-1);
    const [applied, ...others] = applyWebgpu();
    expect(others).toEqual([]);
    expect(applied!.change).toMatchObject({ kernel: 'BatchMatMul', action: 'flag' });
    expect(tf.env().get(flag)).toBe(3);
    applied!.undo();
    expect(tf.env().get(flag)).toBe(-1);
  });

  it('leaves a choice that was made since', () => {
    const [applied] = applyWebgpu();
    tf.env().set(flag, 1);
    applied!.undo();
    expect(tf.env().get(flag)).toBe(1);
  });
});
