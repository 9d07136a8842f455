import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { prepareBackend } from '../../src/backends/prepare-backend';
import { useWasm } from './support';

const ours = [
  ['BatchMatMul', 'replaced'],
  ['_FusedMatMul', 'replaced'],
  ['Conv2D', 'replaced'],
  ['FusedConv2D', 'replaced'],
  ['Conv2DBackpropFilter', 'added'],
  ['Conv2DBackpropInput', 'replaced'],
  ['Conv3DBackpropFilterV2', 'replaced'],
  ['Conv3DBackpropInputV2', 'replaced'],
  ['DepthwiseConv2dNativeBackpropFilter', 'added'],
  ['DepthwiseConv2dNativeBackpropInput', 'added'],
  ['MaxPoolGrad', 'replaced'],
  ['UnsortedSegmentSum', 'added'],
  ['Sum', 'replaced'],
  ['Mean', 'replaced'],
  ['Softplus', 'replaced'],
  ['Identity', 'replaced'],
  ['Cast', 'replaced'],
  ['TfjsVaeNegativeBinomial', 'added'],
  ['TfjsVaeNegativeBinomialGrad', 'added'],
  ['TfjsVaeAdam', 'added'],
] as const;

const registered = () => ours.map(([kernel]) => tf.getKernel(kernel, 'wasm'));

describe('prepareBackend on wasm', () => {
  useWasm();
  const stock = registered();
  afterEach(async () => (await prepareBackend()).restore());

  test('is stock until it is called: the import does nothing', () => {
    expect(registered()).toEqual(stock);
    expect(stock.map(Boolean)).toEqual(ours.map(([, action]) => action === 'replaced'));
  });

  test('reports each kernel with what it did and why', async () => {
    const report = await prepareBackend();
    expect(report.backend).toBe('wasm');
    const removed = ['uncaughtException', 'unhandledRejection'].map(event => [event, 'removed']); // listeners
    expect(report.changes.map(({ kernel, action }) => [kernel, action])).toEqual([...ours, ...removed]);
    for (const { reason } of report.changes) expect(reason.length).toBeGreaterThan(20);
    expect(report.changes.find(({ kernel }) => kernel === 'Conv2DBackpropFilter')?.issue).toBe('#8474');
  });

  test('does nothing more the second time, nor when called twice at once', async () => {
    const [first, second] = await Promise.all([prepareBackend(), prepareBackend()]);
    const kernels = registered();
    const third = await prepareBackend();
    expect(registered()).toEqual(kernels);
    expect(second.changes).toEqual(first.changes);
    expect(third.changes).toEqual(first.changes);
    third.restore();
    expect(registered()).toEqual(stock);
  });

  test('shares its state with another copy of the package', async () => {
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

  test('restores once: an old report does not undo a later preparation', async () => {
    const old = await prepareBackend();
    old.restore();
    expect(registered()).toEqual(stock);
    await prepareBackend();
    const kernels = registered();
    expect(kernels).not.toEqual(stock);
    old.restore();
    expect(registered()).toEqual(kernels);
  });

  test('restores nothing that somebody else has registered since', async () => {
    const report = await prepareBackend();
    const theirs = { kernelName: 'MaxPoolGrad', backendName: 'wasm', kernelFunc: () => [] };
    tf.unregisterKernel('MaxPoolGrad', 'wasm');
    tf.registerKernel(theirs);
    report.restore();
    expect(tf.getKernel('MaxPoolGrad', 'wasm')).toBe(theirs);
    tf.unregisterKernel('MaxPoolGrad', 'wasm');
    tf.registerKernel(stock[6]!);
  });

  test('keeps the set-up of tfjs, which a backend created anew runs again', async () => {
    await prepareBackend();
    expect(tf.getKernel('BatchMatMul', 'wasm').setupFunc).toBe(stock[0]!.setupFunc);
  });

  test('is silent', async () => {
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

describe('prepareBackend on cpu', () => {
  const kernels = ['BatchMatMul', 'Conv2D', 'Conv2DBackpropFilter', 'ResizeNearestNeighborGrad', 'Add', 'Sum'];
  const byName = () =>
    new Map(tf.getKernelsForBackend('cpu').map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]));

  test('reports each kernel with the reason, and restores all of them', async () => {
    await tf.setBackend('cpu');
    const stock = byName();
    const report = await prepareBackend();
    expect(report.backend).toBe('cpu');
    const ours = byName();
    const changed = [...ours.keys()].filter(kernel => ours.get(kernel) !== stock.get(kernel));
    expect(report.changes.map(({ kernel }) => kernel).sort()).toEqual(changed.sort());
    expect(changed).toEqual(expect.arrayContaining(kernels));
    for (const { reason } of report.changes) expect(reason.length).toBeGreaterThan(20);
    const again = await prepareBackend();
    expect(again.changes).toEqual(report.changes);
    expect(byName()).toEqual(ours);
    again.restore();
    expect(byName()).toEqual(stock);
    report.restore();
    expect(byName()).toEqual(stock);
  });
});
