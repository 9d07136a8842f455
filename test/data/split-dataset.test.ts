import { describe, expect, test } from 'vitest';
import { splitDataset } from '../../src/data/split-dataset';

const count = 50;
const data = () => ({
  images: { values: Uint8Array.from({ length: 2 * count }, (_, i) => i), shape: [count, 2], scale: 1 / 255 },
  labels: Uint8Array.from({ length: count }, (_, i) => 2 * i),
});

describe('splitDataset', () => {
  test('deals out each example once, with its columns together', () => {
    const { train, test } = splitDataset(data(), { test: 10 });
    expect(train.images.shape).toEqual([40, 2]);
    expect(test.images.shape).toEqual([10, 2]);
    expect(test.images.scale).toBe(1 / 255);
    for (const part of [train, test]) {
      part.labels.forEach((label, i) => {
        expect([...part.images.values.subarray(2 * i, 2 * i + 2)]).toEqual([label, label + 1]);
      });
    }
    const all = [...train.labels, ...test.labels].sort((a, b) => a - b);
    expect(all).toEqual([...data().labels]);
  });

  test('is shuffled, and the same for the same seed', () => {
    const labels = (seed?: number) => [
      ...splitDataset(data(), seed === undefined ? { test: 10 } : { test: 10, seed }).test.labels,
    ];
    expect(labels(3)).toEqual(labels(3));
    expect(labels()).toEqual(labels(0));
    expect(labels(3)).not.toEqual(labels(4));
    expect(labels()).not.toEqual([...data().labels.subarray(0, 10)]);
  });

  test('takes a share', () => {
    expect(splitDataset(data(), { test: 0.3 }).test.labels).toHaveLength(15);
  });

  test('leaves an absent column absent', () => {
    const set: { images: ReturnType<typeof data>['images']; labels?: Uint8Array } = { images: data().images };
    const { train } = splitDataset(set, { test: 1 });
    expect(Object.keys(train)).toEqual(['images']);
    const named: { images: typeof set.images; labels: Uint8Array | undefined } = { ...set, labels: undefined };
    expect(splitDataset(named, { test: 1 }).train.labels).toBeUndefined();
  });

  test.each([0, 50, 51, -1, 1.5, 0.001, 0.999, Number.NaN])('refuses test = %s of 50', test => {
    expect(() => splitDataset(data(), { test })).toThrow(/test must be a share below 1 or a number of examples/);
  });

  test('refuses columns of different lengths, and none', () => {
    expect(() => splitDataset({ ...data(), labels: new Uint8Array(49) }, { test: 5 })).toThrow(
      'columns of one length, got images 50, labels 49',
    );
    expect(() => splitDataset({}, { test: 5 })).toThrow('got no column');
  });
});
