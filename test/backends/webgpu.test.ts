import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { adamKernel } from '../../src/backends/adam-kernel';
import { applyWebgpu } from '../../src/backends/webgpu/apply';

const flag = 'WEBGPU_MATMUL_PROGRAM_TYPE';

// There is no WebGPU in this process; that the kernel is right is tested in a browser.
describe('applyWebgpu', () => {
  beforeAll(() => tf.env().registerFlag(flag, () => -1));

  test('sets the one matrix product that is right, and puts the flag back', () => {
    expect(tf.env().get(flag)).toBe(-1);
    const [applied, ...others] = applyWebgpu();
    expect(others.map(({ change }) => [change.kernel, change.action])).toEqual([[adamKernel, 'added']]);
    expect(applied!.change).toMatchObject({ kernel: 'BatchMatMul', action: 'flag' });
    expect(tf.env().get(flag)).toBe(3);
    for (const { undo } of [applied!, ...others]) undo();
    expect(tf.env().get(flag)).toBe(-1);
    expect(tf.getKernel(adamKernel, 'webgpu')).toBeUndefined();
  });

  test('leaves a choice that was made since', () => {
    const changes = applyWebgpu();
    tf.env().set(flag, 1);
    for (const { undo } of changes) undo();
    expect(tf.env().get(flag)).toBe(1);
  });
});
