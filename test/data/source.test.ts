import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { pickBatch } from '../../src/data/batches';
import type { Source } from '../../src/data/source';
import { toBatch } from '../../src/data/to-batch';
import { toSource } from '../../src/data/to-source';
import { describeBackends, noLeak, values } from '../support/backends';

const rowsOf = (source: Source) => {
  if (source.kind !== 'rows') throw new Error('expected rows');
  return source;
};

describeBackends('rows', () => {
  test('tensors and arrays become fields of one length', async () => {
    const x = tf.tensor2d([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const labels = { values: Int32Array.of(7, 8, 9), shape: [3] };
    const source = rowsOf(await toSource('data', { x, labels }));
    expect(source.size).toBe(3);
    expect(source.fields.labels).toBe(labels);
    const batch = pickBatch(source.fields, Uint32Array.of(2, 0));
    expect(values(batch.x)).toEqual([5, 6, 1, 2]);
    expect(batch.labels!.dtype).toBe('int32');
    expect(values(batch.labels!)).toEqual([9, 7]);
    x.dispose();
  });

  test('a scale is applied to the rows that are picked, and the array is left alone', async () => {
    const bytes = { values: Uint8Array.of(0, 51, 255, 102), shape: [2, 2], scale: 1 / 255 };
    const { fields } = rowsOf(await toSource('data', bytes));
    expect(fields.x.values).toBe(bytes.values);
    const { x } = pickBatch(fields, Uint32Array.of(1));
    expect([x.dtype, x.shape]).toEqual(['float32', [1, 2]]);
    expect(values(x)).toEqual([1, Math.fround(0.4)]);
    expect([...bytes.values]).toEqual([0, 51, 255, 102]);
  });

  test('a batch is a copy: later writes to the array do not reach it', async () => {
    const field = { values: Float32Array.of(1, 2), shape: [2, 1] };
    const { fields } = rowsOf(await toSource('data', field));
    const { x } = pickBatch(fields, Uint32Array.of(0, 1));
    field.values[0] = 9;
    expect(values(x)).toEqual([1, 2]);
  });

  test('reading tensors leaves nothing behind', async () => {
    const x = tf.zeros([2, 2]);
    const before = tf.memory().numTensors;
    const { fields } = rowsOf(await toSource('data', x));
    expect(tf.memory().numTensors).toBe(before);
    noLeak(() => tf.dispose(pickBatch(fields, Uint32Array.of(0)).x));
    x.dispose();
  });
});

describe('streams', () => {
  const { signal } = new AbortController();

  test('a function is called anew for each epoch, an iterable is iterated anew', async () => {
    let calls = 0;
    const make = () => {
      calls++;
      return [tf.zeros([1, 1])];
    };
    for (const data of [make, { [Symbol.iterator]: () => make()[Symbol.iterator]() }]) {
      const source = await toSource('data', data);
      if (source.kind !== 'stream') throw new Error('expected a stream');
      calls = 0;
      for (let epoch = 0; epoch < 3; epoch++) expect((await source.open(signal).next()).done).toBe(false);
      expect(calls).toBe(3);
    }
  });

  test('elements: a tensor, an array, fields', () => {
    const x = tf.zeros([2, 1]);
    expect(toBatch('batch', x)).toEqual({ x });
    expect(toBatch('batch', { x, weights: { values: Float32Array.of(1, 2), shape: [2] } }).weights!.shape).toEqual([2]);
    expect(toBatch('batch', { values: Uint8Array.of(4), shape: [1, 1], scale: 0.5 }).x.dataSync()[0]).toBe(2);
    expect(() => toBatch('batch 3', { x, y: x } as never)).toThrow(
      'batch 3: unknown field y; write target (what is reconstructed) or condition',
    );
    expect(() => toBatch('batch 3', null as never)).toThrow('batch 3: a batch must be a tensor');
    x.dispose();
    expect(() => toBatch('batch 3', { x })).toThrow('batch 3: x was disposed of after its step');
  });

  test('a generator can be opened once', async () => {
    const generator = (function* () {
      yield tf.zeros([1, 1]);
    })();
    const source = await toSource('data', generator);
    if (source.kind !== 'stream') throw new Error('expected a stream');
    source.open(signal);
    expect(() => source.open(signal)).toThrow(
      'data: a generator can be read only once; pass the function that makes it',
    );
  });
});
