import * as tf from '@tensorflow/tfjs';
import { addNoise, columnsToInput, dequantisation, dynamicBinarisation, oneHot, Rng, toTensor } from 'tfjs-vae';
import { type ParityRow, unit } from '../row';

const batch = () => ({ x: unit([40, 7], 'x'), target: unit([40, 7], 'target') });
const context = () => ({ rng: new Rng(4), training: true });

export const dataRows: readonly ParityRow[] = [
  {
    name: 'noise is drawn in JavaScript',
    of: ['Rng'],
    run: () => [
      new Rng(1).normal([200, 3]),
      new Rng(2).uniform([7], { samples: 40 }),
      new Rng(3).forRows([5, 2]).normal([2, 9]),
    ],
    tolerance: 0,
  },
  {
    name: 'fields',
    of: ['toTensor', 'oneHot'],
    run: () => [
      toTensor({ values: Uint8Array.of(0, 51, 255), shape: [3, 1], scale: 1 / 255 }),
      toTensor(oneHot([2, 0], 3)),
    ],
    golden: [
      [0, 0.2, 1],
      [0, 0, 1, 1, 0, 0],
    ],
  },
  {
    name: 'transforms',
    of: ['addNoise', 'dequantisation', 'dynamicBinarisation'],
    run: () =>
      [addNoise({ stddev: 0.3, clip: true }), dequantisation(), dynamicBinarisation()].flatMap(transform => {
        const { x, target } = transform(batch(), context());
        return [x, target!];
      }),
  },
  {
    name: 'columnsToInput',
    of: ['columnsToInput'],
    run: () => {
      const supports = ['real', 'positive', 'counts', { categories: 3 }] as const;
      const columns = Object.fromEntries(supports.map((support, i) => [`c${i}`, { support }]));
      const table = tf.tensor2d([[3, Math.E, 0, 2], Array<number>(4).fill(Number.NaN)]);
      const { x, target } = columnsToInput({ columns, units: { c0: { centre: 1, spread: 2 } } })(
        { x: table },
        context(),
      );
      return [x, tf.cast(tf.isNaN(target!), 'float32')];
    },
    golden: [
      [...[1, 1, 0, 0, 0, 1, 0, 0, 0, 0], ...[0, 0, 0, 0, 0, 0, 1, 1, 1, 1]],
      [0, 0, 0, 0, 1, 1, 1, 1],
    ],
  },
];
