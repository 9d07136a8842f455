import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { Distribution } from '../../src/distributions/distribution';
import { Rng } from '../../src/random/rng';
import { describeBackends, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import {
  columns,
  DRAWS,
  expectGradients,
  expectWithin,
  flatten,
  fresh,
  shapeOf,
  sizesOf,
  toFlat,
  withKl,
} from './fixture';
import { rows } from './table';

/** A batch of one takes any number of draws as one long batch. */
function logProbOfDraws(p: Distribution, draws: tf.Tensor, lead: number[]): tf.Tensor {
  if (p.mean().size > tf.util.sizeFromShape([...p.eventShape])) return p.logProb(draws);
  return tf.reshape(p.logProb(tf.reshape(draws, [-1, ...p.eventShape])), lead);
}

describeBackends('KL', () => {
  describe.each(rows)('$name', row => {
    test('golden values, elements that sum up, never negative, 0 to itself', () => {
      fresh(row, ({ d }) => {
        if (!d.hasKl(d)) return;
        for (const v of values(d.kl(d))) expect(Math.abs(v)).toBeLessThan(1e-6);
      });
      withKl(row, ({ d }, p, _, { golden }) => {
        expect(d.hasKl(p)).toBe(true);
        const kl = d.kl(p);
        expect(kl.shape).toEqual(shapeOf(golden.y));
        const size = kl.size;
        const flat = values(kl);
        expectClose(flat, flatten(golden.y));
        for (const v of flat) expect(v).toBeGreaterThanOrEqual(0);
        if (d.klElements) {
          const elements = d.klElements(p);
          expectClose(values(tf.tidy(() => tf.sum(tf.reshape(elements, [size, -1]), 1))), flat);
          elements.dispose();
        }
      });
    });

    test('the mean of log q − log p over samples of q', () => {
      withKl(row, ({ d }, p) => {
        const { value, logProb } = d.sampleWithLogProb({ rng: new Rng(11), samples: DRAWS });
        const ratio = columns(tf.tidy(() => tf.sub(logProb, logProbOfDraws(p, value, logProb.shape))));
        expectWithin(ratio, values(d.kl(p)), 'kl');
        tf.dispose([value, logProb]);
      });
    });

    test('gradients by the parameters of both sides agree with finite differences', () => {
      withKl(row, ({ d, tensors }, p, others, { kl64, golden }) => {
        const sizes = sizesOf(row.golden.mean, golden.y);
        expectGradients(
          () => d.kl(p),
          tensors,
          q => kl64(q, toFlat(golden.params), sizes),
        );
        expectGradients(
          () => d.kl(p),
          others,
          flat => kl64(toFlat(row.golden.params), flat, sizes),
        );
      });
    });

    test('refuses a stranger by name, and says what to do instead', () => {
      fresh(row, ({ d }) => {
        const stranger = { kind: 'stranger', params: {} } as unknown as Distribution;
        expect(d.hasKl(stranger)).toBe(false);
        expect(() => d.kl(stranger)).toThrow(`KL(${d.kind} ‖ stranger) has no closed form`);
      });
    });
  });

  test('every pair with a closed KL is in the table; any other is refused by the names of both', () => {
    const known = new Set<string>();
    for (const row of rows) withKl(row, ({ d }, p) => void known.add(`${d.kind} ‖ ${p.kind}`));
    const pairs = rows.flatMap(q => rows.map(p => [q, p] as const));
    for (const [q, other] of pairs) {
      fresh(q, ({ d }) => {
        fresh(other, ({ d: p }) => {
          const pair = `${d.kind} ‖ ${p.kind}`;
          expect(known.has(pair), pair).toBe(d.hasKl(p));
          if (d.hasKl(p)) return;
          for (const kl of [() => d.kl(p), () => d.klElements?.(p) ?? d.kl(p)]) {
            expect(kl).toThrow(`KL(${pair}) has no closed form`);
          }
        });
      });
    }
  });
});
