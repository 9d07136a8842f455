import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { Bernoulli } from '../../src/distributions/bernoulli';
import { type Distribution, noClosedKl } from '../../src/distributions/distribution';
import { Normal } from '../../src/distributions/normal';
import { StandardNormal } from '../../src/distributions/standard-normal';
import { type ElboLossOptions, elboLoss, elboPerExample } from '../../src/losses/elbo';
import type { FreeBits } from '../../src/losses/free-bits';
import { Rng } from '../../src/random/rng';
import golden from '../golden/elbo.json';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { checkGradients, input } from '../support/finite-difference';

const posterior = () => new Normal({ mean: tf.tensor2d(golden.mean), logVar: tf.tensor2d(golden.logVar) });
const prior = () => new Normal({ mean: tf.tensor2d(golden.priorMean), logVar: tf.tensor2d(golden.priorLogVar) });
const likelihood = () => new Bernoulli({ logits: tf.tensor2d(golden.logits) });
const parts = () => ({ x: tf.tensor2d(golden.x), likelihood: likelihood(), posterior: posterior() });

/** The same distribution without its closed KLs. */
function open(d: Distribution): Distribution {
  return Object.assign(Object.create(d) as Distribution, {
    hasKl: () => false,
    kl: (p: Distribution): tf.Tensor => {
      throw noClosedKl(d, p);
    },
  });
}

/** The four terms as numbers. */
function terms(options: () => ElboLossOptions): Record<string, number> {
  return noLeak(() => {
    const result = tf.tidy(() => elboLoss(options()));
    return Object.fromEntries(Object.entries(result).map(([name, t]) => [name, values(t)[0]!]));
  });
}

function expectTerms(options: () => ElboLossOptions, expected: Record<string, number>): void {
  const result = terms(options);
  expect(Object.keys(result).sort()).toEqual(['elbo', 'kl', 'loss', 'reconstruction']);
  for (const [name, value] of Object.entries(expected)) expectClose([result[name]!], [value]);
}

describeBackends('elboLoss, golden values', () => {
  test('N(0, I) is the prior unless one is given', () => {
    expectTerms(parts, golden.standard);
    expectTerms(() => ({ ...parts(), prior: new StandardNormal({ shape: [2] }) }), golden.standard);
  });

  test('β weighs the KL in the loss, and leaves the elbo the true bound', () => {
    expectTerms(() => ({ ...parts(), beta: golden.beta }), golden.beta4);
  });

  test('example weights: Σwℓ / Σw', () => {
    expectTerms(() => ({ ...parts(), weights: tf.tensor1d(golden.weights) }), golden.weighted);
  });

  test('masked elements count nothing, a NaN among them', () => {
    const holes = golden.x.map((row, b) => row.map((v, i) => (golden.mask[b]![i] ? v : Number.NaN)));
    for (const x of [golden.x, holes]) {
      expectTerms(() => ({ ...parts(), x: tf.tensor2d(x), mask: tf.tensor2d(golden.mask) }), golden.masked);
    }
  });

  test('a prior with parameters of its own', () => {
    expectTerms(() => ({ ...parts(), prior: prior() }), golden.learnedPrior);
  });

  test('without a closed KL, log q(z) − log p(z) at the given z', () => {
    const z = () => tf.tensor2d(golden.z);
    expectTerms(() => ({ ...parts(), posterior: open(posterior()), prior: prior(), z: z() }), golden.sampled);
    expectTerms(() => ({ ...parts(), prior: prior(), z: z() }), golden.learnedPrior);
  });

  test('per example', () => {
    const { perExample } = golden;
    const check = (options: () => Parameters<typeof elboPerExample>[0], nll: number[], kl: number[]) => {
      const result = tf.tidy(() => elboPerExample(options()));
      for (const t of Object.values(result)) expect(t.shape).toEqual([2]);
      expectClose(values(result.reconstruction), nll);
      expectClose(values(result.kl), kl);
      expectClose(
        values(result.elbo),
        nll.map((v, b) => -v - kl[b]!),
      );
    };
    check(parts, perExample.reconstruction, perExample.kl);
    check(() => ({ ...parts(), prior: prior() }), perExample.reconstruction, perExample.klToPrior);
    check(() => ({ ...parts(), mask: tf.tensor2d(golden.mask) }), perExample.maskedReconstruction, perExample.kl);
  });
});

const softplus = (l: number) => Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l)));
const sum = (list: readonly number[]) => list.reduce((a, v) => a + v, 0);

/** Per-example NLL and KL elements of the golden case in float64. */
function twin(logits: number[], mean: number[], logVar: number[], mask?: number[]) {
  const x = golden.x.flat();
  const nll = [0, 1].map(b =>
    sum(
      [0, 1, 2].map(
        i => (mask?.[3 * b + i] ?? 1) * (softplus(logits[3 * b + i]!) - x[3 * b + i]! * logits[3 * b + i]!),
      ),
    ),
  );
  const kl = [0, 1].map(b =>
    [0, 1].map(d => 0.5 * (mean[2 * b + d]! ** 2 + Math.exp(logVar[2 * b + d]!) - 1 - logVar[2 * b + d]!)),
  );
  return { nll, kl };
}

describeBackends('elboLoss, gradients against finite differences', () => {
  const inputs = [
    input([2, 3], golden.logits.flat()),
    input([2, 2], golden.mean.flat()),
    input([2, 2], golden.logVar.flat()),
  ];
  const loss = (options: Partial<ElboLossOptions>) => (logits?: tf.Tensor, mean?: tf.Tensor, logVar?: tf.Tensor) =>
    elboLoss({
      x: tf.tensor2d(golden.x),
      likelihood: new Bernoulli({ logits: logits! }),
      posterior: new Normal({ mean: mean!, logVar: logVar! }),
      ...options,
    }).loss;

  test('plain and with β', () => {
    for (const beta of [1, 4, 0]) {
      checkGradients(
        loss({ beta }),
        (...flat) => {
          const { nll, kl } = twin(flat[0]!, flat[1]!, flat[2]!);
          return sum(nll) / 2 + (beta * sum(kl.flat())) / 2;
        },
        inputs,
      );
    }
  });

  test('with example weights', () => {
    tf.tidy(() => {
      checkGradients(
        loss({ weights: tf.tensor1d(golden.weights) }),
        (...flat) => {
          const { nll, kl } = twin(flat[0]!, flat[1]!, flat[2]!);
          return sum(golden.weights.map((w, b) => w * (nll[b]! + sum(kl[b]!)))) / sum(golden.weights);
        },
        inputs,
      );
    });
  });

  test('with a mask, and NaN under it', () => {
    tf.tidy(() => {
      const mask = golden.mask.flat();
      const holes = golden.x.flat().map((v, i) => (mask[i] ? v : Number.NaN));
      checkGradients(
        loss({ x: tf.tensor(holes, [2, 3]), mask: tf.tensor(mask, [2, 3]) }),
        (...flat) => {
          const { nll, kl } = twin(flat[0]!, flat[1]!, flat[2]!, mask);
          return (sum(nll) + sum(kl.flat())) / 2;
        },
        inputs,
      );
    });
  });

  const charge: Record<NonNullable<FreeBits['per']>, (kl: number[][], nats: number) => number> = {
    dimension: (kl, nats) => sum([0, 1].map(d => Math.max(nats, (kl[0]![d]! + kl[1]![d]!) / 2))),
    element: (kl, nats) => sum(kl.flat().map(v => Math.max(nats, v))) / 2,
    total: (kl, nats) => Math.max(nats, sum(kl.flat()) / 2),
  };

  test.each(['dimension', 'element', 'total'] as const)('free bits per %s: the value and the gradient', per => {
    const kl = golden.perExample.klElements;
    // Below every KL, between them, and above all of them.
    for (const nats of [0, 0.3, 0.62, 50]) {
      const options = { freeBits: { nats, per }, beta: 2 };
      expectTerms(() => ({ ...parts(), ...options }), {
        ...golden.standard,
        loss: golden.standard.reconstruction + 2 * charge[per](kl, nats),
      });
      checkGradients(
        loss(options),
        (...flat) => {
          const t = twin(flat[0]!, flat[1]!, flat[2]!);
          return sum(t.nll) / 2 + 2 * charge[per](t.kl, nats);
        },
        inputs,
      );
    }
  });

  test('free bits default to per dimension, and λ above everything stops every pull on the posterior', () => {
    const at = (freeBits: FreeBits) => terms(() => ({ ...parts(), freeBits }))['loss'];
    expect(at({ nats: 0.5 })).toBe(at({ nats: 0.5, per: 'dimension' }));
    tf.tidy(() => {
      const [mean, logVar] = [tf.tensor2d(golden.mean), tf.tensor2d(golden.logVar)];
      const f = (m: tf.Tensor, lv: tf.Tensor) => loss({ freeBits: { nats: 50 } })(tf.tensor2d(golden.logits), m, lv);
      for (const g of tf.grads(f)([mean, logVar])) for (const v of g.dataSync()) expect(Math.abs(v)).toBe(0);
    });
  });
});

describeBackends('elboLoss', () => {
  test('the per-example terms reduce to the scalars', () => {
    const scalars = terms(() => ({ ...parts(), prior: prior(), mask: tf.tensor2d(golden.mask) }));
    const each = tf.tidy(() => elboPerExample({ ...parts(), prior: prior(), mask: tf.tensor2d(golden.mask) }));
    for (const [name, t] of Object.entries(each)) expectClose([sum(values(t)) / 2], [scalars[name]!]);
  });

  test('loss = reconstruction + β·kl, elbo = −reconstruction − kl', () => {
    const { loss, elbo, reconstruction, kl } = terms(() => ({ ...parts(), beta: 2.5 }));
    expectClose([loss!, elbo!], [reconstruction! + 2.5 * kl!, -reconstruction! - kl!]);
  });

  test('equal weights are no weights, whatever their size; a weight of 0 leaves an example out', () => {
    const plain = terms(parts);
    const weighted = (w: number[]) => terms(() => ({ ...parts(), weights: tf.tensor1d(w) }));
    for (const [name, value] of Object.entries(weighted([7, 7]))) expectClose([value], [plain[name]!]);
    const { perExample } = golden;
    expectClose([weighted([0, 2])['loss']!], [perExample.reconstruction[1]! + perExample.kl[1]!]);
  });

  test('a likelihood of several samples: reconstruction [samples, batch], its mean in the loss', () => {
    const expected = golden.perExample.reconstruction;
    const options = () => {
      const logits = tf.tensor2d(golden.logits);
      return { ...parts(), likelihood: new Bernoulli({ logits: tf.stack([logits, logits, logits]), eventRank: 1 }) };
    };
    const each = tf.tidy(() => elboPerExample(options()).reconstruction);
    expect(each.shape).toEqual([3, 2]);
    expectClose(values(each), [...expected, ...expected, ...expected]);
    expectTerms(options, golden.standard);
    expectTerms(() => ({ ...options(), weights: tf.tensor1d(golden.weights) }), golden.weighted);
  });

  test('images and one example: the sums run over the event, the mean over the batch', () => {
    const [loss] = [
      terms(() => ({
        x: tf.ones([1, 4, 4, 1]),
        likelihood: new Bernoulli({ logits: tf.zeros([1, 4, 4, 1]) }),
        posterior: new Normal({ mean: tf.ones([1, 3]), logVar: tf.zeros([1, 3]) }),
      })),
    ];
    expectClose([loss['reconstruction']!, loss['kl']!], [16 * Math.LN2, 1.5]);
  });

  test.each([
    [-60, -200],
    [60, 200],
  ])('logVar %d and logits %d, one example: finite values and gradients that are no NaN', (lv, l) => {
    const gradients = tf.tidy(() =>
      tf.grads(
        (logits: tf.Tensor, mean: tf.Tensor, logVar: tf.Tensor) =>
          elboLoss({
            x: tf.fill([1, 2], l > 0 ? 0 : 1),
            likelihood: new Bernoulli({ logits }),
            posterior: new Normal({ mean, logVar }),
          }).loss,
      )([tf.fill([1, 2], l), tf.ones([1, 2]), tf.fill([1, 2], lv)]),
    );
    for (const g of gradients.map(values)) {
      for (const v of g) {
        expect(Number.isFinite(v)).toBe(true);
        expect(v).not.toBe(0);
      }
    }
  });

  test('the terms are scalars of their own, which outlive each other and leave nothing behind', () => {
    const given = tf.tidy(() => ({
      x: tf.tensor2d(golden.x),
      logits: tf.tensor2d(golden.logits),
      mean: tf.tensor2d(golden.mean),
      logVar: tf.tensor2d(golden.logVar),
    }));
    const options = (): ElboLossOptions => ({
      x: given.x,
      likelihood: new Bernoulli({ logits: given.logits }),
      posterior: new Normal({ mean: given.mean, logVar: given.logVar }),
    });
    for (const extra of [{}, { beta: 4 }, { freeBits: { nats: 0.1 } }]) {
      noLeak(() => {
        const before = tf.memory().numTensors;
        const result = elboLoss({ ...options(), ...extra });
        expect(tf.memory().numTensors - before).toBe(4);
        for (const t of Object.values(result)) expect(t.shape).toEqual([]);
        const all = Object.values(result).map(t => values(t)[0]!);
        expect(all.every(Number.isFinite)).toBe(true);
      });
      noLeak(() => tf.dispose(elboPerExample(options())));
    }
    for (const t of Object.values(given)) expect(t.isDisposed).toBe(false);
    tf.dispose(given);
  });
});

describe('elboLoss refuses', () => {
  const check = (options: () => ElboLossOptions, message: string) => {
    tf.tidy(() => {
      expect(() => elboLoss(options())).toThrow(message);
    });
  };

  test('a KL that has no closed form, unless z is given; free bits that are none; weights and x that do not fit', async () => {
    await tf.setBackend('cpu');
    check(() => ({ ...parts(), posterior: open(posterior()), prior: prior() }), 'give z to elboLoss');
    check(() => ({ ...parts(), freeBits: { nats: -1 } }), 'freeBits.nats must be 0 or more, got -1');
    check(() => ({ ...parts(), freeBits: { nats: Number.NaN } }), 'freeBits.nats must be 0 or more, got NaN');
    check(
      () => ({ ...parts(), freeBits: { nats: 1, per: 'batch' as 'total' } }),
      'freeBits.per must be one of dimension, element, total, got batch',
    );
    check(() => ({ ...parts(), weights: tf.ones([3]) }), 'weights must be one number per example, [2], got [3]');
    check(() => ({ ...parts(), weights: tf.ones([2, 1]) }), 'weights must be one number per example, [2], got [2,1]');
    check(
      () => ({ ...parts(), x: tf.zeros([2, 4]) }),
      'Bernoulli.logProb: x must fit [2,3] or [samples,2,3], got [2,4]',
    );
  });

  test('free bits where the posterior has no KL elements', () => {
    const whole = () =>
      Object.assign(Object.create(posterior()) as Distribution, { klElements: undefined, kl: () => tf.zeros([2]) });
    check(
      () => ({ ...parts(), posterior: whole(), freeBits: { nats: 1 } }),
      'KL(normal ‖ standardNormal) has no closed form: give z to elboLoss, without freeBits',
    );
  });

  test('free bits against a prior without a closed KL, by the names of both', () => {
    const other = () => Object.assign(Object.create(prior()) as Distribution, { kind: 'mixture' });
    check(
      () => ({ ...parts(), prior: other(), z: tf.zeros([2, 2]), freeBits: { nats: 1 } }),
      'KL(normal ‖ mixture) has no closed form',
    );
  });

  test('unknown and missing options, by name', () => {
    const given = (extra: object) => () => ({ ...parts(), ...extra }) as ElboLossOptions;
    check(given({ bta: 4 }), 'elboLoss: unknown option bta; write beta');
    check(given({ likelihood: undefined }), 'elboLoss: likelihood is missing');
    check(given({ freeBits: { nat: 1 } }), 'freeBitsKl: freeBits: unknown option nat; write nats');
    expect(() => elboPerExample({ x: tf.zeros([1]) } as ElboLossOptions)).toThrow(
      'elboPerExample: likelihood is missing',
    );
    expect(() => elboPerExample(given({ beta: 4 })())).toThrow('elboPerExample: unknown option beta; it takes x,');
  });

  test('free bits that are not a number', () => {
    for (const nats of ['1' as never, Number.NaN, Infinity, -1]) {
      check(() => ({ ...parts(), freeBits: { nats } }), `freeBitsKl: freeBits.nats must be 0 or more, got ${nats}`);
    }
  });

  test('a posterior without parameters has the standard normal prior of its event', () => {
    const { kl } = elboLoss({ ...parts(), posterior: new StandardNormal({ shape: [2] }) });
    expect(kl.dataSync()[0]).toBe(0);
  });
});

describeBackends('the one-sample bound', () => {
  test('its mean over many z is the closed one', () => {
    const closed = terms(() => ({ ...parts(), prior: prior() }));
    const sampled = terms(() => {
      const q = posterior();
      const draws = 20_000;
      const z = q.sample({ rng: new Rng(1), samples: draws });
      return { ...parts(), posterior: open(q), prior: prior(), z };
    });
    expect(Math.abs(sampled['kl']! - closed['kl']!)).toBeLessThan(0.05);
    expectClose([sampled['reconstruction']!], [closed['reconstruction']!]);
  });
});
