import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { Bernoulli } from '../../src/distributions/bernoulli';
import { Normal } from '../../src/distributions/normal';
import { StandardNormal } from '../../src/distributions/standard-normal';
import { klDivergence, klStandardNormal } from '../../src/losses/kl';
import coinRows from '../golden/distributions/bernoulli.json';
import normalRows from '../golden/distributions/normal.json';
import golden from '../golden/normal.json';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose, expectRelative } from '../support/expect-close';
import { checkGradients, input } from '../support/finite-difference';

const { mean, logVar, y, gradientLogVar } = golden.klStandard;
const column = (data: number[]) => tf.tensor2d(data, [data.length, 1]);

describeBackends('klStandardNormal', () => {
  test('golden values, relatively, |logVar| from 1e-4 to 60', () => {
    expectRelative(values(tf.tidy(() => klStandardNormal(column(mean), column(logVar)))), y, 3e-6);
  });

  test('gradients μ and ½(e^lv − 1), relatively', () => {
    const gradients = tf.tidy(() => tf.grads(klStandardNormal)([column(mean), column(logVar)])).map(values);
    expectRelative(gradients[0]!, mean, 3e-6);
    expectRelative(gradients[1]!, gradientLogVar, 3e-6);
  });

  test('gradients against finite differences, each example scaled by its own factor', () => {
    const element = (m: number, lv: number) => 0.5 * (m * m + Math.expm1(lv) - lv);
    checkGradients(
      (...[m, lv]) => tf.mul(tf.tensor1d([1, -2]), klStandardNormal(m!, lv!)),
      (m, lv) => m!.reduce((a, v, i) => a + (i < 2 ? 1 : -2) * element(v, lv![i]!), 0),
      [input([2, 2], [0.5, -1, 2, 0]), input([2, 2], [-0.7, 0.01, 1.5, -3])],
    );
  });

  test('is what float32 subtraction is not', () => {
    const plain = tf.tidy(() => {
      const [m, lv] = [column(mean), column(logVar)];
      return tf.mul(0.5, tf.sub(tf.add(tf.square(m), tf.exp(lv)), tf.add(lv, 1)));
    });
    const flat = values(plain);
    expect(() => expectRelative(flat, y, 3e-6)).toThrow();
  });

  test('sums over every event axis, and is 0 at the prior alone', () => {
    const shapes = [[3], [3, 2], [3, 2, 4]];
    for (const shape of shapes) {
      const size = shape.slice(1).reduce((a, b) => a * b, 1);
      const kl = tf.tidy(() => klStandardNormal(tf.ones(shape), tf.zeros(shape)));
      expect(kl.shape).toEqual([3]);
      expectClose(values(kl), [size / 2, size / 2, size / 2]);
    }
    expect(values(tf.tidy(() => klStandardNormal(tf.zeros([2, 3]), tf.zeros([2, 3]))))).toEqual([0, 0]);
  });

  test('is the KL of a Normal to StandardNormal', () => {
    const { params, kl } = normalRows.byLogVar;
    tf.tidy(() => {
      const [m, lv] = [tf.tensor2d(params.mean), tf.tensor2d(params.logVar)];
      expectClose(values(klStandardNormal(m, lv)), kl.standard.y);
      const closed = klDivergence(new Normal({ mean: m, logVar: lv }), new StandardNormal({ shape: [2] }));
      expectClose(values(closed), kl.standard.y);
    });
  });

  test('leaves nothing behind, and refuses shapes that differ', () => {
    const [m, lv] = [tf.zeros([2, 3]), tf.ones([2, 3])];
    noLeak(() => klStandardNormal(m, lv).dispose());
    noLeak(() => tf.dispose(tf.grads(klStandardNormal)([m, lv])));
    tf.dispose([m, lv]);
    tf.tidy(() => {
      expect(() => klStandardNormal(tf.zeros([2, 3]), tf.zeros([2, 4]))).toThrow(
        'klStandardNormal: mean and logVar must have one shape, got [2,3] and [2,4]',
      );
      expect(() => klStandardNormal(tf.zeros([2, 3]), tf.scalar(0))).toThrow('klStandardNormal: mean and logVar');
      expect(() => klStandardNormal(tf.scalar(0), tf.scalar(0))).toThrow(
        'klStandardNormal: mean must be [batch, …event]',
      );
    });
  });
});

describeBackends('klDivergence', () => {
  test('golden values of closed pairs, a tensor of its own', () => {
    const { byLogVar } = normalRows;
    const { binary } = coinRows;
    noLeak(() => {
      const result = tf.tidy(() => {
        const { params, kl } = byLogVar;
        const q = new Normal({ mean: tf.tensor2d(params.mean), logVar: tf.tensor2d(params.logVar) });
        const p = new Normal({ mean: tf.tensor2d(kl.scale.params.mean), scale: tf.tensor2d(kl.scale.params.scale) });
        return klDivergence(q, p);
      });
      expectClose(values(result), byLogVar.kl.scale.y);
    });
    const coins = tf.tidy(() =>
      klDivergence(
        new Bernoulli({ logits: tf.tensor2d(binary.params.logits) }),
        new Bernoulli({ logits: tf.tensor2d(binary.kl.bernoulli.params.logits) }),
      ),
    );
    expectClose(values(coins), binary.kl.bernoulli.y);
  });

  test('refuses a pair without a closed form, and says what to do', () => {
    tf.tidy(() => {
      const q = new Normal({ mean: tf.zeros([1, 2]), logVar: tf.zeros([1, 2]) });
      const p = new Bernoulli({ logits: tf.zeros([1, 2]) });
      expect(q.hasKl(p)).toBe(false);
      expect(() => klDivergence(q, p)).toThrow('KL(normal ‖ bernoulli) has no closed form: give z to elboLoss');
      expect(() => klDivergence(p, q)).toThrow('KL(bernoulli ‖ normal) has no closed form');
    });
  });
});
