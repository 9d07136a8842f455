import type * as tf from '@tensorflow/tfjs';
import { normal } from './support';

export const transposes = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

export type Sizes = { rows: number; inner: number; columns: number };

/** Two matrices as they are stored, behind the axes of a batch each. */
export function operands(
  { rows, inner, columns }: Sizes,
  [ta, tb]: readonly [boolean, boolean],
  [batchA, batchB]: readonly [number[], number[]] = [[], []],
): [tf.Tensor, tf.Tensor] {
  return [
    normal([...batchA, ...(ta ? [inner, rows] : [rows, inner])], 'a'),
    normal([...batchB, ...(tb ? [columns, inner] : [inner, columns])], 'b'),
  ];
}
