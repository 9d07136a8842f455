import * as tf from '@tensorflow/tfjs';
import { bernoulliFamily, defineFamily, type Family, gaussianFamily, normalFamily } from 'tfjs-vae';
import { describe, expect, test } from 'vitest';
import { eventShapeOf } from '../../src/families/event-shape';
import { rawParameters } from '../../src/families/raw-parameters';

const distribution = () => {
  throw new Error('only sizes are asked for here');
};
/** As a Gaussian with a Cholesky factor. */
const triangular: Family = defineFamily('triangular', () => ({
  parameters: size => ({ mean: size, scaleTril: (size * (size + 1)) / 2 }),
  distribution,
}))();
/** As a table of exactly three columns. */
const columns: Family = defineFamily('columns', () => ({
  parameters: (size): Record<string, number> => ({ height: size === 3 ? 2 : 0, sick: size === 3 ? 1 : 0 }),
  distribution,
}))();
const perElement = gaussianFamily({ sigma: 'perElement' });
const eventOf = (family: Family, ...shapes: (number | null)[][]) => eventShapeOf('Test', family, shapes);

describe('the event of the outputs of a network', () => {
  test.each<[string, Family, (number | null)[][], (number | null)[]]>([
    ['one parameter', bernoulliFamily(), [[28, 28, 1]], [28, 28, 1]],
    ['one number for each example', bernoulliFamily(), [[]], []],
    ['two along the last axis', perElement, [[4, 6]], [4, 3]],
    ['one output for each', perElement, [[4, 3], [4, 3]], [4, 3]], // biome-ignore format: one row
    ['sizes that are not multiples', triangular, [[9]], [3]],
    ['sizes of their own for each output', triangular, [[3], [6]], [3]],
    ['an event of one size alone', columns, [[3]], [3]],
    ['many numbers', perElement, [[300_000]], [150_000]],
    ['free axes', bernoulliFamily(), [[null, null, null]], [null, null, null]],
    ['free axes of two outputs', normalFamily(), [[null], [null]], [null]],
    ['a free axis beside known ones', perElement, [[null, 6]], [null, 3]],
  ])('%s', (_, family, shapes, event) => {
    expect(eventOf(family, ...shapes)).toEqual(event);
  });

  test.each<[Family, (number | null)[][], string]>([
    [bernoulliFamily(), [[3], [3]], 'Test: network must have one output, the logits, got 2'],
    [perElement, [[3], [3], [3]], 'network must have one output, or one for each of mean and logVar, got 3'],
    [perElement, [[3], [2]], 'mean and logVar of the network must have one shape, got [batch, 3] and [batch, 2]'],
    [perElement, [[4, 3], [3]], 'must have one shape, got [batch, 4, 3] and [batch, 3]'],
    [perElement, [[5]], 'the last axis of the network holds mean and logVar, so its size must be even, got [batch, 5]'],
    [perElement, [[null]], 'its size must be even, got [batch, any]'],
    [triangular, [[4]], 'mean and scaleTril, so its size must be one of 2, 5, 9, …, got [batch, 4]'],
    [triangular, [[3], [5]], 'mean and scaleTril of the network must have sizes such as 3 and 6 along the last axis'],
    [triangular, [[1], [2]], 'must have sizes such as 1 and 1 along the last axis, got [batch, 1] and [batch, 2]'],
  ])('what belongs to no event is refused', (family, shapes, message) => {
    expect(() => eventOf(family, ...shapes)).toThrow(message);
  });
});

test('raw parameters are cut from the last axis in their order, or come one by one', () => {
  tf.tidy(() => {
    const all = tf.tensor2d([[1, 2, 3, 4, 5]]);
    const { mean, scaleTril } = rawParameters([all], { mean: 2, scaleTril: 3 });
    expect(Array.from(mean!.dataSync())).toEqual([1, 2]);
    expect(Array.from(scaleTril!.dataSync())).toEqual([3, 4, 5]);
    expect(rawParameters([all], { logits: 5 })['logits']).toBe(all);
    expect(rawParameters([mean!, scaleTril!], { mean: 2, scaleTril: 3 })).toEqual({ mean, scaleTril });
  });
});
