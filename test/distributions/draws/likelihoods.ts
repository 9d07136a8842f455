import * as tf from '@tensorflow/tfjs';
import { Beta } from '../../../src/distributions/beta';
import { ContinuousBernoulli } from '../../../src/distributions/continuous-bernoulli';
import type { Distribution } from '../../../src/distributions/distribution';
import { LogNormal } from '../../../src/distributions/log-normal';
import { StudentT } from '../../../src/distributions/student-t';
import { betaCdf } from '../../support/special-functions';
import { normalCdf } from '../../support/statistics';
import type { DrawRow } from './row';

function drawn(name: string, make: (like: tf.Tensor) => Distribution, cdf: (x: number) => number): DrawRow {
  return { name, draw: (rng, count) => make(tf.zeros([count])).sample({ rng }), cdf };
}

/** The density of Student-t is that of a Beta in ν/(ν + x²). */
const studentTCdf = (df: number) => (x: number) => {
  const tail = 0.5 * betaCdf(df / 2, 0.5, df / (df + x * x));
  return x < 0 ? tail : 1 - tail;
};
const number = (value: number) => tf.scalar(value);

export const likelihoodDraws: readonly DrawRow[] = [
  ...[0.3, 1, 3, 30].map(df =>
    drawn(`StudentT of ν = ${df}`, loc => new StudentT({ loc, scale: number(1), df: number(df) }), studentTCdf(df)),
  ),
  ...[
    [0.3, 0.6],
    [2, 5],
    [400, 300],
  ].map(([a, b]) =>
    drawn(
      `Beta(${a}, ${b})`,
      zeros => new Beta({ alpha: tf.add(zeros, a!), beta: number(b!) }),
      x => betaCdf(a!, b!, x),
    ),
  ),
  ...[-30, -1, 1e-9, 3].map(l =>
    drawn(
      `ContinuousBernoulli(${l})`,
      zeros => new ContinuousBernoulli({ logits: tf.add(zeros, l) }),
      x => Math.expm1(l * x) / Math.expm1(l),
    ),
  ),
  drawn(
    'LogNormal',
    mean => new LogNormal({ mean, scale: number(0.5) }),
    x => normalCdf(Math.log(x) / 0.5),
  ),
];
