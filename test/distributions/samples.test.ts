import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/random/rng';
import { describeBackends, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { columns, connected, DRAWS, expectWithin, fresh } from './fixture';
import { offers } from './row';
import { rows } from './table';

describeBackends('samples', () => {
  describe.each(rows)('$name', row => {
    test('samples have the shape of values, the mean and the variance', () => {
      fresh(row, ({ d }) => {
        const centre = d.mean();
        const one = d.sample({ rng: new Rng(3) });
        expect(one.shape).toEqual(centre.shape);
        const draws = d.sample({ rng: new Rng(3), samples: DRAWS });
        expect(draws.shape).toEqual([DRAWS, ...centre.shape]);
        const sampled = columns(draws);
        const mu = values(centre);
        if (offers(row, 'mean')) expectWithin(sampled, mu, 'mean');
        if (d.variance) {
          const squares = sampled.map((list, i) => list.map(v => (v - mu[i]!) ** 2));
          expectWithin(squares, values(d.variance()), 'variance');
        }
        one.dispose();
      });
    });

    test('samples lie in the support', () => {
      fresh(row, ({ d }) => {
        const flat = values(d.sample({ rng: new Rng(6), samples: 200 }));
        const size = row.event.reduce((a, b) => a * b, 1);
        for (let i = 0; i < flat.length; i += size) expect(row.support.contains(flat.slice(i, i + size))).toBe(true);
      });
    });

    test('samples repeat by seed, differ from draw to draw and between samples', () => {
      fresh(row, ({ d }) => {
        const rng = new Rng(5);
        const [a, b] = [values(d.sample({ rng, samples: 20 })), values(d.sample({ rng, samples: 20 }))];
        expect(values(d.sample({ rng: new Rng(5), samples: 20 }))).toEqual(a);
        expect(a).not.toEqual(b);
        const half = a.length / 2;
        expect(a.slice(0, half)).not.toEqual(a.slice(half));
      });
    });

    test('sampleWithLogProb draws what sample draws, with its log-probability', () => {
      fresh(row, ({ d }) => {
        for (const options of [{}, { samples: 7 }]) {
          const { value, logProb } = d.sampleWithLogProb({ rng: new Rng(4), ...options });
          expect(Array.from(value.dataSync())).toEqual(values(d.sample({ rng: new Rng(4), ...options })));
          const again = d.logProb(value);
          expect(logProb.shape).toEqual(again.shape);
          expectClose(values(logProb), values(again), { tolerance: 1e-4 });
          value.dispose();
        }
      });
    });

    test('gradients flow through samples exactly where it says so', () => {
      fresh(row, ({ d, tensors }) => {
        const by = Object.values(tensors);
        if (by.length === 0) return;
        // Neither the sum of a draw nor that of its squares: one is 1 on the simplex, the other on the sphere.
        const shifted = () => tf.add(1, d.sample({ rng: new Rng(2), samples: 3 }));
        const through = () => tf.add(connected(by), tf.sum(tf.square(shifted())));
        const gradients = tf
          .grads(() => through())(by)
          .map(values);
        for (const g of gradients) {
          if (d.reparameterised) expect(g.some(v => Math.abs(v - 1) > 1e-3)).toBe(true);
          else for (const v of g) expect(v).toBe(1);
        }
      });
    });

    test('entropy is −E[log p]', () => {
      fresh(row, ({ d }) => {
        if (!d.entropy) return;
        const { value, logProb } = d.sampleWithLogProb({ rng: new Rng(8), samples: DRAWS });
        const surprise = columns(logProb).map(list => list.map(v => -v));
        expectWithin(surprise, values(d.entropy()), 'entropy');
        value.dispose();
      });
    });

    test('no sample is more probable than the mode', () => {
      fresh(row, ({ d }) => {
        if (!d.mode) return;
        const mode = d.mode();
        const best = values(d.logProb(mode));
        const logProbs = tf.tidy(() => d.logProb(d.sample({ rng: new Rng(9), samples: 200 })));
        columns(logProbs).forEach((list, i) => {
          expect(Math.max(...list)).toBeLessThanOrEqual(best[i]! + 1e-5);
        });
        mode.dispose();
      });
    });
  });
});
