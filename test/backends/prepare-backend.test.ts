import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { prepareBackend } from '../../src/backends/prepare-backend';
import { useWasm } from './support';

const ours = [
  ['BatchMatMul', 'replaced'],
  ['_FusedMatMul', 'replaced'],
  ['Conv2DBackpropFilter', 'added'],
  ['Conv2DBackpropInput', 'replaced'],
  ['DepthwiseConv2dNativeBackpropFilter', 'added'],
  ['DepthwiseConv2dNativeBackpropInput', 'added'],
  ['MaxPoolGrad', 'replaced'],
  ['UnsortedSegmentSum', 'added'],
] as const;

const registered = () => ours.map(([kernel]) => tf.getKernel(kernel, 'wasm'));

describe('prepareBackend on wasm', () => {
  useWasm();
  const stock = registered();
  afterEach(async () => (await prepareBackend()).restore());

  it('is stock until it is called: the import does nothing', () => {
    expect(registered()).toEqual(stock);
    expect(stock.map(Boolean)).toEqual(ours.map(([, action]) => action === 'replaced'));
  });

  it('reports each kernel with what it did and why', async () => {
    const report = await prepareBackend();
    expect(report.backend).toBe('wasm');
    expect(report.changes.map(({ kernel, action }) => [kernel, action])).toEqual(ours);
    for (const { reason } of report.changes) expect(reason.length).toBeGreaterThan(20);
    expect(report.changes.find(({ kernel }) => kernel === 'Conv2DBackpropFilter')?.issue).toBe('#8474');
  });

  it('does nothing more the second time, nor when called twice at once', async () => {
    const [first, second] = await Promise.all([prepareBackend(), prepareBackend()]);
    const kernels = registered();
    const third = await prepareBackend();
    expect(registered()).toEqual(kernels);
    expect(second.changes).toEqual(first.changes);
    expect(third.changes).toEqual(first.changes);
    third.restore();
    expect(registered()).toEqual(stock);
  });

  it('shares its state with another copy of the package', async () => {
    const report = await prepareBackend();
    const kernels = registered();
    vi.resetModules();
    const copy = await import('../../src/backends/prepare-backend');
    expect(copy.prepareBackend).not.toBe(prepareBackend);
    const second = await copy.prepareBackend();
    expect(registered()).toEqual(kernels);
    expect(second.changes).toEqual(report.changes);
    second.restore();
    expect(registered()).toEqual(stock);
    report.restore();
    expect(registered()).toEqual(stock);
  });

  it('restores once: an old report does not undo a later preparation', async () => {
    const old = await prepareBackend();
    old.restore();
    expect(registered()).toEqual(stock);
    await prepareBackend();
    const kernels = registered();
    expect(kernels).not.toEqual(stock);
    old.restore();
    expect(registered()).toEqual(kernels);
  });

  it('restores nothing that somebody else has registered since', async () => {
    const report = await prepareBackend();
    const theirs = { kernelName: 'MaxPoolGrad', backendName: 'wasm', kernelFunc: () => [] };
    tf.unregisterKernel('MaxPoolGrad', 'wasm');
    tf.registerKernel(theirs);
    report.restore();
    expect(tf.getKernel('MaxPoolGrad', 'wasm')).toBe(theirs);
    tf.unregisterKernel('MaxPoolGrad', 'wasm');
    tf.registerKernel(stock[6]!);
  });

  it('keeps the set-up of tfjs, which a backend created anew runs again', async () => {
    await prepareBackend();
    expect(tf.getKernel('BatchMatMul', 'wasm').setupFunc).toBe(stock[0]!.setupFunc);
  });

  it('is silent', async () => {
    const spies = (['log', 'info', 'warn', 'error'] as const).map(name => vi.spyOn(console, name));
    const quiet = tf.env().getBool('IS_TEST');
    tf.env().set('IS_TEST', false);
    try {
      const report = await prepareBackend();
      report.restore();
      for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    } finally {
      tf.env().set('IS_TEST', quiet);
      for (const spy of spies) spy.mockRestore();
    }
  });
});

describe('prepareBackend elsewhere', () => {
  it('has nothing to do on cpu', async () => {
    await tf.setBackend('cpu');
    const report = await prepareBackend();
    expect({ ...report, restore: undefined }).toEqual({ backend: 'cpu', changes: [], restore: undefined });
    report.restore();
  });
});
