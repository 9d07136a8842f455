import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { fromTfOptimizer } from '../../src/optimizers/tf-optimizer';
import { expectClose } from '../support/expect-close';

const pair = () => [0, 1].map(() => tf.tidy(() => tf.variable(tf.scalar(1)))) as [tf.Variable, tf.Variable];

/** θ after the given gradients, null where there is none, by momentum in float64. */
function momentum(gradients: readonly (number | null)[]): number {
  let [theta, m] = [1, 0];
  for (const g of gradients) {
    if (g === null) continue;
    m = 0.5 * m + g;
    theta -= 0.1 * m;
  }
  return theta;
}

test('a variable without a gradient keeps its place: moments are not mixed (tensorflow/tfjs #4290)', () => {
  const optimizer = fromTfOptimizer(tf.train.momentum(0.1, 0.5));
  const [a, b] = pair();
  const steps: [number | null, number | null][] = [
    [1, -4],
    [null, -4],
    [2, null],
    [1, 1],
  ];
  for (const [ga, gb] of steps) {
    tf.tidy(() => {
      const gradients = [
        { path: 'a', variable: a, gradient: ga },
        { path: 'b', variable: b, gradient: gb },
      ].flatMap(({ gradient, ...rest }) => (gradient === null ? [] : [{ ...rest, gradient: tf.scalar(gradient) }]));
      optimizer.apply(gradients, { step: 0, finite: tf.scalar(1) });
    });
  }
  expectClose([a.dataSync()[0]!, b.dataSync()[0]!], [momentum([1, null, 2, 1]), momentum([-4, -4, null, 1])], {
    tolerance: 1e-6,
  });
  tf.dispose([a, b]);
  optimizer.dispose();
});

test('gradients that are not finite change nothing, momentum included', () => {
  const optimizer = fromTfOptimizer(tf.train.momentum(0.1, 0.5));
  const [a] = pair();
  const apply = (g: number, finite: number) =>
    tf.tidy(() =>
      optimizer.apply([{ path: 'a', variable: a, gradient: tf.scalar(g) }], { step: 0, finite: tf.scalar(finite) }),
    );
  apply(1, 1);
  const before = a.dataSync()[0]!;
  apply(Number.NaN, 0);
  expect(a.dataSync()[0]).toBe(before);
  apply(1, 1);
  expectClose([a.dataSync()[0]!], [momentum([1, 1])], { tolerance: 1e-6 });
});
