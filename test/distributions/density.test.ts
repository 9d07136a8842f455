import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { Distribution } from '../../src/distributions/distribution';
import { describeBackends, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { expectGradients, flatten, fresh, shapeOf, sizesOf, toFlat } from './fixture';
import { type Nested, offers, type Row } from './row';
import { eventPoints } from './supports';
import { rows } from './table';

/** The sum or integral of exp log p over the support: of each element where they are independent, else of each example. */
function totals(row: Row, d: Distribution): number[] {
  const batch = shapeOf(row.golden.mean);
  const { elements } = sizesOf(row.golden.mean, row.golden.mean);
  if (d.logProbElements) {
    const { points, weights } = row.support.points();
    return weightedSums(
      weights,
      tf.tidy(() => {
        const x = tf.reshape(tf.tensor1d([...points]), [-1, ...batch.map(() => 1)]);
        return d.logProbElements!(tf.tile(x, [1, ...batch]));
      }),
      elements,
    );
  }
  const size = row.event.reduce((a, b) => a * b, 1);
  const { events, weights } = eventPoints(row.support, size);
  const lead = batch.slice(0, batch.length - row.event.length);
  return weightedSums(
    weights,
    tf.tidy(() => {
      const x = tf.reshape(tf.tensor2d(events), [-1, ...lead.map(() => 1), ...row.event]);
      return d.logProb(tf.tile(x, [1, ...lead, ...row.event.map(() => 1)]));
    }),
    elements / size,
  );
}

function weightedSums(weights: readonly number[], logProb: tf.Tensor, count: number): number[] {
  const flat = values(logProb);
  return Array.from({ length: count }, (_, i) =>
    weights.reduce((sum, weight, k) => sum + weight * Math.exp(flat[k * count + i]!), 0),
  );
}

describeBackends('density', () => {
  describe.each(rows)('$name', row => {
    test('log p(x) is the golden value, without and with a sample axis', () => {
      fresh(row, ({ d, x, lead }) => {
        const logProb = d.logProb(x);
        expect(logProb.shape).toEqual(lead);
        const expected = flatten(row.golden.logProb);
        expectClose(values(logProb), expected);
        const sampled = tf.tidy(() => d.logProb(tf.stack([x, x])));
        expect(sampled.shape).toEqual([2, ...lead]);
        expectClose(values(sampled), [...expected, ...expected]);
      });
    });

    test('exp log p adds up to 1 over the support', () => {
      fresh(row, ({ d }) => {
        for (const total of totals(row, d)) expect(Math.abs(total - 1)).toBeLessThan(1e-4);
      });
    });

    test('log p(x) is the sum of its elements', () => {
      fresh(row, ({ d, x, lead }) => {
        const elements = d.logProbElements?.(x);
        if (!elements) return;
        expect(elements.shape).toEqual(x.shape);
        const sum = tf.tidy(() => tf.sum(tf.reshape(elements, [...lead, -1]), -1));
        expectClose(values(sum), values(d.logProb(x)));
        elements.dispose();
      });
    });

    test('its gradient agrees with finite differences, without and with a sample axis', () => {
      fresh(row, ({ d, tensors, x }) => {
        const { x: value, logProb, params } = row.golden;
        const xs = flatten(value);
        const sizes = sizesOf(value, logProb);
        expectGradients(
          () => d.logProb(x),
          tensors,
          p => row.logProb64(xs, p, sizes),
        );
        const both = tf.stack([x, x]);
        expectGradients(
          () => d.logProb(both),
          tensors,
          p => 2 * row.logProb64(xs, p, sizes),
        );
        if (!row.support.discrete) {
          expectGradients(
            () => d.logProb(x),
            { x },
            flat => row.logProb64(flat['x']!, toFlat(params), sizes),
          );
        }
        both.dispose();
      });
    });

    test('a mask leaves out elements, whatever they hold, in the value and in the gradient', () => {
      fresh(row, ({ d, tensors, x }) => {
        if (!d.logProbElements || row.event.length === 0) return;
        const keep = Array.from({ length: x.size }, (_, i) => (i % 3 === 1 ? 0 : 1));
        const spoilt = flatten(row.golden.x).map((v, i) => (keep[i] ? v : Number.NaN));
        const mask = tf.tensor(keep, x.shape);
        const holes = tf.tensor(spoilt, x.shape);
        const elements = values(d.logProbElements(x));
        const perExample = x.size / values(d.logProb(x)).length;
        const expected = flatten(row.golden.logProb).map((_, b) =>
          elements.reduce((a, v, i) => (Math.floor(i / perExample) === b ? a + v * keep[i]! : a), 0),
        );
        expectClose(values(d.logProb(x, { mask })), expected);
        expectClose(values(d.logProb(holes, { mask })), expected);
        expectClose(values(tf.tidy(() => d.logProb(tf.stack([holes, holes]), { mask }))), [...expected, ...expected]);
        const by = Object.values(tensors);
        if (by.length > 0) {
          const gradients = tf.grads(() => tf.sum(d.logProb(holes, { mask })))(by);
          const clean = tf.grads(() => tf.sum(d.logProb(x, { mask })))(by);
          gradients.forEach((g, i) => {
            expectClose(values(g), values(clean[i]!));
          });
        }
        tf.dispose([mask, holes]);
      });
    });

    test('a mask of the event is broadcast over the batch; all 0 counts nothing', () => {
      fresh(row, ({ d, x }) => {
        if (!offers(row, 'mask')) return;
        const event = [...row.event];
        const [first, none, all] = [
          tf.tidy(() => tf.reshape(tf.cast(tf.equal(tf.range(0, tf.util.sizeFromShape(event)), 0), 'float32'), event)),
          tf.zeros(event),
          tf.ones(event),
        ] as const;
        const full = flatten(row.golden.logProb);
        expectClose(values(d.logProb(x, { mask: all })), full);
        expectClose(
          values(d.logProb(x, { mask: none })),
          full.map(() => 0),
        );
        if (d.logProbElements) {
          const size = tf.util.sizeFromShape(event);
          const elements = values(d.logProbElements(x)).filter((_, i) => i % size === 0);
          expectClose(values(d.logProb(x, { mask: first })), elements);
        }
        tf.dispose([first, none, all]);
      });
    });

    test('a mask is refused where the row says so', () => {
      if (offers(row, 'mask')) return;
      fresh(row, ({ d, x }) => {
        const mask = tf.ones(x.shape);
        expect(() => d.logProb(x, { mask })).toThrow(/mask/);
        mask.dispose();
      });
    });

    test('mean, variance and entropy are the golden values', () => {
      fresh(row, ({ d }) => {
        const check = (name: string, t: tf.Tensor, expected: Nested | undefined) => {
          expect(expected, `a golden ${name}`).toBeDefined();
          expect(t.shape).toEqual(shapeOf(expected!));
          expectClose(values(t), flatten(expected!));
        };
        check('mean', d.mean(), row.golden.mean);
        if (d.variance) check('variance', d.variance(), row.golden.variance);
        if (d.entropy) check('entropy', d.entropy(), row.golden.entropy);
      });
    });
  });
});
