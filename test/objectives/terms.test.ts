import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import {
  type Batch,
  type Context,
  elboObjective,
  iwaeObjective,
  type LossTerm,
  linearSchedule,
  mlpVae,
  type Objective,
  type Player,
  Rng,
  type Rng as RngType,
  type Terms,
  VaeTrainer,
} from '../../src/index';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { pixelTensor, variable, weightsOf } from '../support/networks';

const SIZE = 6;
const COUNT = 5;
const model = () => mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [5], seed: 1 });
const context = (more: Partial<Context> = {}): Context => ({ step: 0, rng: new Rng(1), training: true, ...more });

/** ½‖z‖² per example. */
const norm = (weight: LossTerm['weight'], name = 'norm'): LossTerm => ({
  name,
  weight,
  config: {},
  evaluate: ({ latents }) => tf.mul(0.5, tf.sum(tf.square(latents[0]!.z), -1)),
});

/** A running mean of ‖z‖², and the distance from it. */
function spread(weight: LossTerm['weight']): LossTerm {
  const average = tf.tidy(() => tf.variable(tf.scalar(0), false));
  return {
    name: 'spread',
    weight,
    config: {},
    evaluate({ latents }) {
      const now = tf.mean(tf.sum(tf.square(latents[0]!.z), -1)) as tf.Scalar;
      return {
        value: tf.square(tf.sub(now, average)),
        metrics: { codeSize: now },
        updates: [[average, tf.add(tf.mul(0.9, average), tf.mul(0.1, now))]],
      };
    },
    variables: () => ({ average }),
    dispose: () => average.dispose(),
  };
}

/** All that an objective says of a batch, as numbers. */
function evaluate(objective: Objective, batch: Partial<Batch> = {}, more: Partial<Context> = {}) {
  const vae = model();
  const read = tf.tidy(() => {
    const terms = objective.evaluate(vae, { x: pixelTensor(COUNT, SIZE), ...batch }, context(more));
    const { loss, elbo, reconstruction, kl, metrics = {} } = terms;
    const scalars = { loss, elbo: elbo!, reconstruction, kl: kl!, ...metrics };
    const numbers = Object.entries(scalars).map(([name, t]) => [name, t.dataSync()[0]!] as const);
    return { ...Object.fromEntries(numbers), schedules: terms.schedules } as Record<string, number> &
      Pick<Terms, 'schedules'>;
  });
  vae.dispose();
  return read;
}

const objectives: Record<string, (terms?: readonly LossTerm[]) => Objective> = {
  elbo: (terms = []) => elboObjective({ terms }),
  'elbo with β': (terms = []) => elboObjective({ beta: 0, terms }),
  'elbo with capacity': (terms = []) => elboObjective({ capacity: { target: 1, gamma: 3 }, terms }),
  'elbo with free bits': (terms = []) => elboObjective({ freeBits: { nats: 0.5 }, terms }),
  iwae: (terms = []) => iwaeObjective({ samples: 3, terms }),
};

describeBackends('terms', () => {
  test.each(Object.entries(objectives))('%s: loss + Σ weight · term; all else stays', (_, objective) => {
    const plain = evaluate(objective());
    const terms = [norm(2), norm(linearSchedule({ from: 0, to: -1, steps: 4 }), 'other')];
    const both = evaluate(objective(terms), {}, { step: 2 });
    expectClose([both['loss']!], [plain['loss']! + 2 * both['norm']! - 0.5 * both['other']!], { tolerance: 1e-5 });
    expect(both['norm']).toBe(both['other']);
    expect(both['norm']).toBeGreaterThan(0);
    expect(both.schedules).toEqual({ ...plain.schedules, normWeight: 2, otherWeight: -0.5 });
    for (const name of ['elbo', 'reconstruction', 'kl']) expect(both[name]).toBe(plain[name]);
  });

  test('a value per example is averaged with the weights of the batch, also behind a sample axis', () => {
    for (const objective of [objectives['elbo']!, objectives['iwae']!]) {
      const alone = (w: number[]) => evaluate(objective([norm(1)]), { weights: tf.tensor1d(w) })['norm']!;
      const [first, second] = [alone([1, 0, 0, 0, 0]), alone([0, 1, 0, 0, 0])];
      expectClose([alone([3, 1, 0, 0, 0])], [(3 * first + second) / 4], { tolerance: 1e-5 });
    }
  });

  test('the gradient of a term is that of its value', () => {
    const vae = model();
    const x = pixelTensor(COUNT, SIZE);
    const slopes = (terms: LossTerm[]) => {
      const { grads } = tf.variableGrads(
        () => elboObjective({ terms }).evaluate(vae, { x }, context()).loss,
        vae.trainableVariables(),
      );
      return Object.values(grads).flatMap(values);
    };
    const [none, one, three] = [slopes([]), slopes([norm(1)]), slopes([norm(3)])];
    expect(one).not.toEqual(none);
    expectClose(
      three,
      none.map((g, i) => g + 3 * (one[i]! - g)),
      { tolerance: 1e-4 },
    );
    vae.dispose();
    x.dispose();
  });

  test('nothing is leaked, whatever a term gives', () => {
    const vae = model();
    const x = pixelTensor(COUNT, SIZE);
    const held = spread(1);
    const outside: LossTerm = { name: 'outside', weight: 1, evaluate: () => held.variables!()['average']! };
    for (const objective of Object.values(objectives)) {
      noLeak(() => {
        const terms = objective([norm(1), held, outside]).evaluate(vae, { x }, context());
        const { updates = [], ...scalars } = terms;
        tf.dispose([scalars as unknown as tf.TensorContainer, ...updates.map(([, value]) => value as tf.Tensor)]);
      });
      expect(held.variables!()['average']!.isDisposed).toBe(false);
    }
    held.dispose!();
    vae.dispose();
    x.dispose();
  });
});

describe('a term', () => {
  const x = () => pixelTensor(12, SIZE);
  const fitted = async (objective: Objective) => {
    const vae = model();
    const data = x();
    const trainer = new VaeTrainer({ model: vae, objective, seed: 1, learningRate: 0.02 });
    const { history } = await trainer.fit(data, { epochs: 6, batchSize: 4 });
    const weights = weightsOf(vae);
    tf.dispose([data]);
    trainer.dispose();
    vae.dispose();
    return { history, weights };
  };

  test('of weight 0 is not computed, and the run is that without it, bit for bit', async () => {
    let calls = 0;
    const counted: LossTerm = { ...norm(0), evaluate: () => tf.scalar(++calls) };
    for (const objective of [objectives['elbo']!, objectives['iwae']!]) {
      const [without, silent] = [await fitted(objective()), await fitted(objective([counted]))];
      expect(silent.weights).toEqual(without.weights);
      const { normWeight, ...history } = silent.history;
      expect(history).toEqual(without.history);
      expect(new Set(normWeight)).toEqual(new Set([0]));
    }
    expect(calls).toBe(0);
  });

  test('has noise of its own, and shifts that of nobody', () => {
    const draws: Record<string, number[]> = {};
    const noisy = (name: string): LossTerm => ({
      name,
      weight: 1,
      evaluate(_, __, { rng }: { rng: RngType }) {
        draws[name] = values(rng.normal([2]));
        return tf.scalar(0);
      },
    });
    const plain = evaluate(elboObjective({ terms: [noisy('a')] }));
    const alone = draws['a'];
    const both = evaluate(elboObjective({ terms: [noisy('b'), noisy('a')] }));
    expect(draws['a']).toEqual(alone);
    expect(draws['b']).not.toEqual(alone);
    expect(both['reconstruction']).toBe(plain['reconstruction']);
  });

  test('with variables, updates and metrics: they are in checkpoints, and a resumed run is exact', async () => {
    const start = tf.memory().numTensors;
    const data = x();
    const make = () => {
      const term = spread(0.1);
      const vae = model();
      const trainer = new VaeTrainer({ model: vae, objective: elboObjective({ terms: [term] }), seed: 1 });
      const average = () => values(tf.clone(term.variables!()['average']!))[0]!;
      return { vae, trainer, average, dispose: () => [trainer, vae].map(part => part.dispose()) };
    };
    const [whole, first, second] = [make(), make(), make()];
    await whole.trainer.evaluate(data);
    expect(whole.average()).toBe(0);
    const { history } = await whole.trainer.fit(data, { epochs: 4, batchSize: 4 });
    expect(whole.average()).toBeGreaterThan(0);
    expect(history['codeSize']!.every(Number.isFinite)).toBe(true);
    expect(history['spread']!.every(Number.isFinite)).toBe(true);

    await first.trainer.fit(data, { epochs: 2, batchSize: 4 });
    const snapshot = await first.trainer.snapshot();
    expect(Object.keys(snapshot.tensors)).toContain('objective/spread/average');
    const resumed = await second.trainer.resume(snapshot);
    expect(resumed!.changed).toEqual([]);
    await second.trainer.fit(data, { totalEpochs: 4, batchSize: 4 });
    expect(weightsOf(second.vae)).toEqual(weightsOf(whole.vae));
    expect(second.average()).toBe(whole.average());
    tf.dispose([data, snapshot.tensors as unknown as tf.TensorContainer]);
    for (const run of [whole, first, second]) run.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });

  test('that has changed is told when a run is resumed; one without config is told as not compared', async () => {
    const data = x();
    const run = (terms: LossTerm[]) => new VaeTrainer({ model: model(), objective: elboObjective({ terms }), seed: 1 });
    const before = run([norm(1)]);
    await before.fit(data, { epochs: 1, batchSize: 12 });
    const snapshot = await before.snapshot();
    const { changed } = (await run([norm(2)]).resume(snapshot))!;
    expect(changed).toEqual([{ setting: 'objective.terms.0.weight', was: '1', now: '2' }]);
    const { config: _, ...silent } = norm(1);
    const unknown = run([silent]);
    await unknown.fit(data, { epochs: 1, batchSize: 12 });
    const { unchecked } = (await run([silent]).resume(await unknown.snapshot()))!;
    expect(unchecked).toContain('objective.terms.0: a term without config');
  });

  test('brings players, which learn beside those of other terms', async () => {
    const rival = (name: string): LossTerm => {
      const scale = variable([1], 3);
      const player: Player = {
        name: `${name}Player`,
        variables: () => ({ scale }),
        loss: () => tf.sum(tf.square(tf.sub(scale, 1))),
        dispose: () => scale.dispose(),
      };
      return { ...norm(1, name), players: () => [player] };
    };
    const { history } = await fitted(elboObjective({ terms: [rival('a'), rival('b')] }));
    for (const key of ['aPlayerLoss', 'bPlayerLoss']) expect(history[key]!.at(-1)!).toBeLessThan(history[key]![0]!);
  });
});

describe('a term is refused', () => {
  const ok = norm(1);
  test.each([
    [{ name: '' }, 'elboObjective: terms[0]: name must be a word of letters, digits and _, got ""'],
    [{ name: 'a/b' }, 'name must be a word of letters, digits and _, got "a/b"'],
    [{ weight: Number.NaN }, 'elboObjective: terms[0]: weight must be a finite number or a schedule, got NaN'],
    [{ weight: '1' }, 'weight must be a finite number or a schedule, got 1'],
    [{ evaluate: 1 }, 'elboObjective: terms[0]: evaluate must be a function, got number'],
    [{ wieght: 2 }, 'elboObjective: terms[0]: unknown option wieght; write weight'],
  ])('%o', (wrong, message) => {
    expect(() => elboObjective({ terms: [{ ...ok, ...wrong } as LossTerm] })).toThrow(message);
  });

  test('where two have one name, or all of them are not an array', () => {
    expect(() => iwaeObjective({ samples: 2, terms: [ok, norm(2)] })).toThrow(
      'iwaeObjective: two terms are called norm; give them different names',
    );
    expect(() => elboObjective({ terms: ok as unknown as LossTerm[] })).toThrow(
      'elboObjective: terms must be an array, got object',
    );
  });

  test('in a step: another shape, a name that is taken, a weight that is not finite', () => {
    const columns: LossTerm = { ...ok, evaluate: () => tf.zeros([COUNT, 2]) };
    expect(() => evaluate(elboObjective({ terms: [columns] }))).toThrow(
      'the term norm must give a scalar or one number for each of 5 examples, got [5,2]',
    );
    expect(() => evaluate(iwaeObjective({ samples: 2, terms: [norm(1, 'ess')] }))).toThrow(
      'two values of the objective are called ess; rename one of them',
    );
    expect(() => evaluate(elboObjective({ terms: [norm(step => 1 / step)] }))).toThrow(
      'the weight of the term norm must be a finite number, got Infinity at step 0',
    );
  });
});
