import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { freeBitsKl } from '../../src/losses/free-bits';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { checkGradients, input } from '../support/finite-difference';

const KL = [
  [0.1, 2],
  [0.5, 0.2],
];
const at = (nats: number, per?: 'dimension' | 'element' | 'total', weights?: number[]) =>
  values(
    tf.tidy(() => freeBitsKl(tf.tensor2d(KL), per ? { nats, per } : { nats }, weights && tf.tensor1d(weights))),
  )[0]!;

describeBackends('freeBitsKl', () => {
  test('three definitions by hand, λ = 0.4', () => {
    // Batch means 0.3 and 1.1; elements 0.1, 2, 0.5, 0.2; total 1.4.
    expectClose([at(0.4, 'dimension')], [0.4 + 1.1]);
    expectClose([at(0.4, 'element')], [(0.4 + 2 + 0.5 + 0.4) / 2]);
    expectClose([at(0.4, 'total')], [1.4]);
    expectClose([at(1.6, 'total')], [1.6]);
    expectClose([at(0.4)], [at(0.4, 'dimension')]);
  });

  test('λ = 0 charges the KL itself; a large λ charges λ per dimension, or once', () => {
    for (const per of ['dimension', 'element', 'total'] as const) expectClose([at(0, per)], [1.4]);
    expectClose([at(9, 'dimension'), at(9, 'element'), at(9, 'total')], [18, 18, 9]);
  });

  test('example weights enter the means', () => {
    // Weights 3 and 1: batch means 0.2 and 1.55.
    expectClose([at(0.4, 'dimension', [3, 1])], [0.4 + 1.55]);
    expectClose([at(0.4, 'element', [3, 1])], [(3 * 2.4 + 0.9) / 4]);
    expectClose([at(0.4, 'total', [3, 1])], [1.75]);
  });

  test.each(['dimension', 'element', 'total'] as const)('%s: only the ratios of the weights matter', per => {
    const expected = at(0.4, per, [3, 1]);
    for (const scale of [1e-37, 1e-31, 1e31]) expectClose([at(0.4, per, [3 * scale, scale])], [expected]);
  });

  test.each(['dimension', 'element', 'total'] as const)('%s: NaN under weight 0 does not count', per => {
    const kl = [
      [0.1, 2],
      [Number.NaN, Number.POSITIVE_INFINITY],
    ];
    const value = tf.tidy(() => freeBitsKl(tf.tensor2d(kl), { nats: 0.4, per }, tf.tensor1d([1, 0])));
    expectClose(values(value), [per === 'total' ? 2.1 : 2.4]);
  });

  test('never below the KL, rising with λ, and total ≤ dimension ≤ element', () => {
    let last = [0, 0, 0];
    for (const nats of [0, 0.1, 0.25, 0.4, 1, 3]) {
      const now = [at(nats, 'total'), at(nats, 'dimension'), at(nats, 'element')];
      now.forEach((v, i) => {
        expect(v).toBeGreaterThanOrEqual(1.4 - 1e-6);
        expect(v).toBeGreaterThanOrEqual(last[i]! - 1e-6);
      });
      expect(now[1]).toBeLessThanOrEqual(now[2]! + 1e-6);
      expect(now[0]).toBeLessThanOrEqual(now[1]! + 1e-6);
      last = now;
    }
  });

  test('gradients against finite differences: no pull below λ', () => {
    const twins = {
      dimension: (k: number[]) => Math.max(0.4, (k[0]! + k[2]!) / 2) + Math.max(0.4, (k[1]! + k[3]!) / 2),
      element: (k: number[]) => k.reduce((a, v) => a + Math.max(0.4, v), 0) / 2,
      total: (k: number[]) => Math.max(0.4, k.reduce((a, v) => a + v, 0) / 2),
    };
    for (const [per, twin] of Object.entries(twins)) {
      checkGradients(
        (...[k]) => freeBitsKl(k!, { nats: 0.4, per: per as 'total' }),
        k => twin(k!),
        [input([2, 2], KL.flat())],
      );
    }
  });

  test('latents of more axes count each element as a dimension', () => {
    const flat = values(tf.tidy(() => freeBitsKl(tf.tensor2d(KL), { nats: 0.4 })));
    expectClose(values(tf.tidy(() => freeBitsKl(tf.tensor3d(KL.flat(), [2, 1, 2]), { nats: 0.4 }))), flat);
  });

  test('is a scalar, leaves nothing behind, and refuses a λ that is none', () => {
    const kl = tf.tensor2d(KL);
    for (const per of ['dimension', 'element', 'total'] as const) {
      noLeak(() => {
        const charged = freeBitsKl(kl, { nats: 0.4, per });
        expect(charged.shape).toEqual([]);
        charged.dispose();
      });
    }
    expect(() => freeBitsKl(kl, { nats: -0.1 })).toThrow('freeBitsKl: freeBits.nats must be 0 or more, got -0.1');
    expect(() => freeBitsKl(kl, { nats: 1, per: 'group' as 'total' })).toThrow(
      'freeBits.per must be one of dimension, element, total, got group',
    );
    kl.dispose();
  });
});
