import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { Normal } from '../../src/distributions/normal';
import { StandardNormal } from '../../src/distributions/standard-normal';
import { stopGradient } from '../../src/ops/stop-gradient';
import { Rng } from '../../src/random/rng';
import golden from '../golden/normal.json';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose, expectRelative } from '../support/expect-close';

const column = (data: readonly number[]) => tf.tensor1d(data as number[], 'float32');
const rows = (data: readonly number[]) => tf.tensor2d(data as number[], [data.length, 1], 'float32');
/** A batch of scalar Normals: no event axis. */
const byLogVar = (mean: readonly number[], logVar: readonly number[]) =>
  new Normal({ mean: column(mean), logVar: column(logVar) });
const byScale = (mean: readonly number[], scale: readonly number[]) =>
  new Normal({ mean: column(mean), scale: column(scale) });

describeBackends('Normal, golden values', () => {
  test('log-density by logVar, from −60 to 60, and by scale', () => {
    const { logDensity: a, logDensityScale: b } = golden;
    expectClose(values(tf.tidy(() => byLogVar(a.mean, a.logVar).logProb(column(a.x)))), a.y);
    expectClose(values(tf.tidy(() => byScale(b.mean, b.scale).logProb(column(b.x)))), b.y);
  });

  test('KL between two Normals', () => {
    const { kl, klScale } = golden;
    const q = () => byLogVar(kl.qMean, kl.qLogVar);
    expectClose(values(tf.tidy(() => q().kl(byLogVar(kl.pMean, kl.pLogVar)))), kl.y);
    const scaled = tf.tidy(() => byScale(klScale.qMean, klScale.qScale).kl(byScale(klScale.pMean, klScale.pScale)));
    expectClose(values(scaled), klScale.y);
  });

  test('KL to N(0, 1), relatively, |logVar| from 1e-4 to 60', () => {
    const { mean, logVar, y } = golden.klStandard;
    const q = () => new Normal({ mean: rows(mean), logVar: rows(logVar) });
    expectRelative(values(tf.tidy(() => q().kl(new StandardNormal({ shape: [1] })))), y, 3e-6);
    expectRelative(
      values(tf.tidy(() => q().kl(new Normal({ mean: tf.zeros([mean.length, 1]), logVar: tf.scalar(0) })))),
      y,
      3e-6,
    );
  });

  test('gradient of the KL to N(0, 1), relatively', () => {
    const { mean, logVar, gradientLogVar } = golden.klStandard;
    const prior = new StandardNormal({ shape: [1] });
    const gradients = tf.tidy(() =>
      tf.grads((m: tf.Tensor, lv: tf.Tensor) => new Normal({ mean: m, logVar: lv }).kl(prior))([
        rows(mean),
        rows(logVar),
      ]),
    );
    const [byMean, byVariance] = gradients.map(values);
    expectRelative(byMean!, mean, 3e-6);
    expectRelative(byVariance!, gradientLogVar, 3e-6);
  });

  test('entropy', () => {
    const { logVar, y } = golden.entropy;
    const zeros = logVar.map(() => 0);
    expectClose(values(tf.tidy(() => byLogVar(zeros, logVar).entropy())), y);
  });
});

describeBackends('Normal', () => {
  test('the closed KL to StandardNormal is the KL to a Normal(0, 1), from both sides', () => {
    const q = new Normal({ mean: tf.tensor2d([[0.3, -2]]), logVar: tf.tensor2d([[-1, 0.2]]) });
    const unit = new Normal({ mean: tf.zeros([1, 2]), logVar: tf.zeros([1, 2]) });
    const standard = new StandardNormal({ shape: [2] });
    expectClose(values(q.kl(standard)), values(q.kl(unit)));
    expectClose(values(standard.kl(q)), values(unit.kl(q)));
    tf.dispose([q, unit].map(d => Object.values(d.params)));
  });

  test('logVar and scale of the same σ are the same distribution', () => {
    const mean = tf.tensor2d([[0.5, -1]]);
    const logVar = tf.tensor2d([[0.4, -1.2]]);
    const scale = tf.tidy(() => tf.exp(tf.div(logVar, 2)));
    const x = tf.tensor2d([[0.1, 0.2]]);
    const [a, b] = [new Normal({ mean, logVar }), new Normal({ mean, scale })];
    expectClose(values(a.logProb(x)), values(b.logProb(x)));
    expectClose(values(a.entropy()), values(b.entropy()));
    expectClose(values(a.variance()), values(b.variance()));
    expectClose(values(a.sample({ rng: new Rng(1) })), values(b.sample({ rng: new Rng(1) })));
    for (const v of values(a.kl(b))) expect(Math.abs(v)).toBeLessThan(1e-6);
    tf.dispose([mean, logVar, scale, x]);
  });

  test('samples are μ + σ·ε, with d/dμ = 1 and d/dlogVar = σ·ε/2', () => {
    const [mean, logVar] = [tf.tensor2d([[1, -2, 0]]), tf.tensor2d([[0, 2, -60]])];
    const epsilon = values(new Rng(3).normal([1, 3]));
    const sigma = [1, Math.E, Math.exp(-30)];
    const q = new Normal({ mean, logVar });
    expectClose(
      values(q.sample({ rng: new Rng(3) })),
      [1, -2, 0].map((m, i) => m + sigma[i]! * epsilon[i]!),
    );
    const [byMean, byLogVariance] = tf
      .grads(() => tf.sum(q.sample({ rng: new Rng(3) })))([mean, logVar])
      .map(values);
    expect(byMean).toEqual([1, 1, 1]);
    expectClose(
      byLogVariance!,
      sigma.map((s, i) => 0.5 * s * epsilon[i]!),
    );
    tf.dispose([mean, logVar]);
  });

  test('log-density from the noise stays exact where (z − μ)/σ has lost every digit', () => {
    const q = new Normal({ mean: tf.fill([1, 4], 100), logVar: tf.fill([1, 4], -60) });
    const { value, logProb } = q.sampleWithLogProb({ rng: new Rng(2) });
    const expected = values(new Rng(2).normal([1, 4])).reduce(
      (a, e) => a - 0.5 * (e * e - 60 + Math.log(2 * Math.PI)),
      0,
    );
    expectClose(values(logProb), [expected]);
    value.dispose();
    q.dispose();
  });

  test('d log q / dz along the path of a detached q is −ε/σ: what STL and DReG need', () => {
    const [mean, logVar] = [tf.tensor2d([[0.5, -1]]), tf.tensor2d([[-0.4, 1]])];
    const epsilon = values(new Rng(6).normal([1, 2]));
    const q = new Normal({ mean, logVar });
    const [byMean, byLogVariance] = tf
      .grads(() => tf.sum(q.detach().logProb(q.sample({ rng: new Rng(6) }))))([mean, logVar])
      .map(values);
    const sigma = [-0.4, 1].map(lv => Math.exp(lv / 2));
    expectClose(
      byMean!,
      epsilon.map((e, i) => -e / sigma[i]!),
      { tolerance: 1e-4 },
    );
    expectClose(
      byLogVariance!,
      epsilon.map(e => -0.5 * e * e),
      { tolerance: 1e-4 },
    );
    tf.dispose([mean, logVar]);
  });

  test('gradients flow through a detached q into z alone', () => {
    const [mean, logVar] = [tf.zeros([1, 2]), tf.zeros([1, 2])];
    const z = tf.tensor2d([[2, -3]]);
    const q = new Normal({ mean, logVar });
    expect(values(tf.grad(t => q.detach().logProb(t))(z))).toEqual([-2, 3]);
    expect(values(tf.grad(t => q.detach().logProb(stopGradient(t)))(z)).map(Math.abs)).toEqual([0, 0]);
    tf.dispose([mean, logVar, z]);
  });
});

describeBackends('Normal at its edges', () => {
  test.each([-60, 60])('logVar %d: finite values and live gradients', extreme => {
    const [mean, logVar] = [tf.fill([1, 1], 0.5), tf.fill([1, 1], extreme)];
    const x = tf.fill([1, 1], 0.5 + 2 ** -10);
    const q = new Normal({ mean, logVar });
    const standard = new StandardNormal({ shape: [1] });
    const other = new Normal({ mean: tf.fill([1, 1], -1), logVar: tf.fill([1, 1], -extreme / 4) });
    const terms: [string, () => tf.Tensor][] = [
      ['logProb', () => q.logProb(x)],
      ['sampled logProb', () => q.sampleWithLogProb({ rng: new Rng(1) }).logProb],
      ['entropy', () => q.entropy()],
      ['kl to N(0, 1)', () => q.kl(standard)],
      ['kl to a Normal', () => q.kl(other)],
    ];
    for (const [name, term] of terms) {
      expect(Number.isFinite(values(term())[0]), name).toBe(true);
      const gradient = values(tf.grads(() => tf.sum(term()))([logVar])[0]!)[0]!;
      expect(Number.isFinite(gradient), `gradient of ${name}`).toBe(true);
      expect(gradient, `gradient of ${name}`).not.toBe(0);
    }
    for (const method of [q.mean(), q.mode(), q.variance(), q.sample({ rng: new Rng(1), samples: 3 })]) {
      for (const v of values(method)) expect(Number.isFinite(v)).toBe(true);
    }
    tf.dispose([mean, logVar, x, ...Object.values(other.params)]);
  });

  test('a gradient away from logVar = 60 points back: KL grows with logVar there, and falls with it at −60', () => {
    const prior = new StandardNormal({ shape: [1] });
    const slope = (lv: number) => {
      const [mean, logVar] = [tf.zeros([1, 1]), tf.fill([1, 1], lv)];
      const [g] = tf
        .grads(() => tf.sum(new Normal({ mean, logVar }).kl(prior)))([logVar])
        .map(values);
      tf.dispose([mean, logVar]);
      return g![0]!;
    };
    expectRelative([slope(60), slope(-60)], [0.5 * Math.expm1(60), -0.5]);
  });

  test('leaves nothing behind when a gradient is taken', () => {
    const [mean, logVar] = [tf.zeros([2, 3]), tf.zeros([2, 3])];
    const q = new Normal({ mean, logVar });
    const prior = new StandardNormal({ shape: [3] });
    noLeak(() => {
      const loss = () => {
        const { value, logProb } = q.sampleWithLogProb({ rng: new Rng(1), samples: 2 });
        return tf.add(
          tf.sum(tf.add(q.kl(prior), tf.sub(logProb, prior.logProb(value)))),
          tf.sum(q.detach().logProb(value)),
        );
      };
      tf.dispose(tf.grads(loss)([mean, logVar]));
    });
    tf.dispose([mean, logVar]);
  });
});

describe('Normal and StandardNormal refuse', () => {
  const check = (make: () => unknown, message: string) => {
    tf.tidy(() => {
      expect(make).toThrow(message);
    });
  };

  test('parameters that do not belong together', async () => {
    await tf.setBackend('cpu');
    check(
      () => new Normal({ mean: tf.zeros([2, 3]), logVar: tf.zeros([2, 4]) }),
      'Normal: logVar must have the shape of mean, [2,3], or be a scalar, got [2,4]',
    );
    check(
      () => new Normal({ mean: tf.zeros([2, 3]), scale: tf.ones([3]) }),
      'Normal: scale must have the shape of mean, [2,3], or be a scalar, got [3]',
    );
    check(() => new Normal({ mean: tf.scalar(0), logVar: tf.scalar(0) }), 'Normal: parameters must be [batch, …event]');
    check(
      () => new Normal({ mean: tf.zeros([2, 3]), logVar: tf.scalar(0), eventRank: 3 }),
      'Normal: eventRank must be an integer from 0 to the rank of the parameters (2), got 3',
    );
  });

  test('values that do not fit', () => {
    const normal = () => new Normal({ mean: tf.zeros([2, 3]), logVar: tf.scalar(0) });
    for (const shape of [[2, 4], [3, 3], [3], [4, 3, 3], [5, 4, 2, 3], []]) {
      check(
        () => normal().logProb(tf.zeros(shape)),
        `Normal.logProb: x must fit [2,3] or [samples,2,3], got [${shape}]`,
      );
    }
    check(
      () => new StandardNormal({ shape: [2] }).logProb(tf.zeros([5, 3])),
      'StandardNormal.logProb: x must fit [1,2] or [samples,1,2], got [5,3]',
    );
  });

  test('another event in a KL', () => {
    const q = () => new Normal({ mean: tf.zeros([4, 3]), logVar: tf.zeros([4, 3]) });
    check(() => q().kl(new StandardNormal({ shape: [2] })), 'Normal.kl');
    check(() => q().kl(new StandardNormal({ shape: [1] })), 'Normal.kl');
    check(() => q().kl(new Normal({ mean: tf.zeros([4, 2]), logVar: tf.scalar(0) })), 'Normal.kl');
    check(() => q().kl(new Normal({ mean: tf.zeros([3, 3]), logVar: tf.scalar(0) })), 'Normal.kl');
    check(() => new StandardNormal({ shape: [2] }).kl(q()), 'Normal.kl');
    check(() => new StandardNormal({ shape: [2] }).kl(new StandardNormal({ shape: [3] })), 'Normal.kl');
  });

  test('an event that is none', () => {
    for (const shape of [[0], [2.5], [-1]]) {
      check(() => new StandardNormal({ shape }), `StandardNormal: shape must hold positive integers, got [${shape}]`);
    }
  });
});

describeBackends('StandardNormal', () => {
  test('is Normal(0, 1) drawn alike, for any batch, and holds no tensors', () => {
    noLeak(() => {
      const p = new StandardNormal({ shape: [2, 2] });
      expect(p.params).toEqual({});
      const z = p.sample({ rng: new Rng(7), samples: 5 });
      expect(z.shape).toEqual([5, 1, 2, 2]);
      expect(Array.from(z.dataSync())).toEqual(values(new Rng(7).normal([5, 1, 2, 2])));
      const batch = tf.reshape(z, [5, 2, 2]);
      const unit = new Normal({ mean: tf.zeros([5, 2, 2]), logVar: tf.zeros([5, 2, 2]) });
      expectClose(values(p.logProb(batch)), values(unit.logProb(batch)));
      tf.dispose([z, batch]);
      unit.dispose();
    });
  });
});
