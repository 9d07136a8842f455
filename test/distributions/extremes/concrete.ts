import * as tf from '@tensorflow/tfjs';
import { BinaryConcrete } from '../../../src/distributions/binary-concrete';
import { Concrete } from '../../../src/distributions/concrete';
import binary from '../../golden/extremes/binary-concrete.json';
import concrete from '../../golden/extremes/concrete.json';
import { type ExtremeRow, extremeRow } from './row';

const TEMPERATURES = ['0.1', '0.5', '1', '5'] as const;

const pair = (first: tf.Tensor, second: tf.Tensor) => tf.stack([first, second], -1);

export const concreteExtremes: readonly ExtremeRow[] = TEMPERATURES.flatMap(name => [
  extremeRow({
    name: `BinaryConcrete at temperature ${name}`,
    golden: binary[name],
    logProb: (x, { logits }) =>
      new BinaryConcrete({ logits, temperature: binary[name].temperature, eventRank: 0 }).logProbElements(x),
  }),
  extremeRow({
    name: `Concrete of two classes at temperature ${name}`,
    golden: concrete[name],
    logProb: (x, { logit }) =>
      new Concrete({ logits: pair(logit, tf.zerosLike(logit)), temperature: concrete[name].temperature }).logProb(
        pair(x, tf.sub(1, x)),
      ),
  }),
]);
