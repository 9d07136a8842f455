import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { Bernoulli } from '../../src/distributions/bernoulli';
import { Categorical } from '../../src/distributions/categorical';
import { Columns } from '../../src/distributions/columns';
import { Normal } from '../../src/distributions/normal';
import { Poisson } from '../../src/distributions/poisson';
import { Rng } from '../../src/random/rng';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';

const run = (f: () => tf.Tensor) => noLeak(() => values(tf.tidy(f)));

const members = () => ({
  height: new Normal({ mean: tf.tensor2d([[0.5], [-1]]), scale: tf.scalar(0.5) }),
  visits: new Poisson({ logRate: tf.tensor2d([[0.3], [1]]) }),
  sick: new Bernoulli({ logits: tf.tensor2d([[1], [-2]]) }),
  species: new Categorical({ logits: tf.tensor3d([[[0, 1, 2]], [[1, 0, -1]]]) }), // biome-ignore format: two rows
});
const made = () => new Columns({ columns: members(), units: { height: { centre: 170, spread: 10 } } });
const TABLE = [
  [180, 2, 1, 2],
  [150, 0, 0, 1],
];
const table = (rows: number[][] = TABLE) => tf.tensor2d(rows);

describeBackends('Columns of several kinds', () => {
  test('log p is the sum of those of its columns, in their units', () => {
    const elements = run(() => made().logProbElements(table()));
    const { height, visits, sick, species } = members();
    const column = (i: number) => tf.tensor2d(TABLE.map(row => [row[i]!]));
    const expected = run(() =>
      tf.stack(
        [
          tf.sub(height.logProb(tf.div(tf.sub(column(0), 170), 10)), Math.log(10)),
          visits.logProb(column(1)),
          sick.logProb(column(2)),
          species.logProb(column(3)),
        ],
        -1,
      ),
    );
    for (const d of [height, visits, sick, species]) d.dispose();
    expectClose(elements, expected);
    const sums = [0, 4].map(at => expected.slice(at, at + 4).reduce((a, b) => a + b));
    expectClose(
      run(() => made().logProb(table())),
      sums,
    );
  });

  test.each([0, 1, 2, 3])('a NaN in column %d counts nothing, in the value and in every gradient', hole => {
    const whole = run(() => made().logProbElements(table()));
    const holes = TABLE.map((row, b) => row.map((v, c) => (b === 0 && c === hole ? Number.NaN : v)));
    expectClose(
      run(() => made().logProbElements(table(holes))),
      whole.map((v, i) => (i === hole ? 0 : v)),
    );
    const mask = TABLE.map((row, b) => row.map((_, c) => Number(!(b === 0 && c === hole))));
    const d = made();
    const gradientsOf = (x: number[][], given?: number[][]) => {
      const [values2d, weights] = [table(x), given && table(given)];
      const gradients = tf.grads(() => d.logProb(values2d, weights ? { mask: weights } : {}))(Object.values(d.params));
      tf.dispose([values2d, ...(weights ? [weights] : [])]);
      return gradients.map(values);
    };
    expect(gradientsOf(holes)).toEqual(gradientsOf(TABLE, mask));
    d.dispose();
  });

  test('means, modes and draws are in the units of their columns', () => {
    expectClose(
      run(() => made().mode!()),
      [175, 1, 1, 2, 160, 2, 0, 0],
      { tolerance: 1e-6 },
    );
    const mean = run(() => made().mean());
    expectClose([mean[0]!, mean[4]!], [175, 160]);
    expectClose([mean[1]!, mean[5]!], [Math.exp(0.3), Math.E]);
    const drawn = run(() => made().sample({ rng: new Rng(3), samples: 200 }));
    for (let i = 0; i < drawn.length; i += 4) {
      expect(Math.abs(drawn[i]! - 168)).toBeLessThan(40);
      expect(Number.isInteger(drawn[i + 1])).toBe(true);
      expect([0, 1]).toContain(drawn[i + 2]);
      expect([0, 1, 2]).toContain(drawn[i + 3]);
    }
  });

  test('a column of two numbers is refused', () => {
    tf.tidy(() => {
      const height = new Normal({ mean: tf.zeros([3, 2]), scale: tf.scalar(1) });
      expect(() => new Columns({ columns: { height } })).toThrow(
        'column height must be a distribution with the event [1], got the event [2]',
      );
    });
  });
});
