import * as tf from '@tensorflow/tfjs';
import {
  defineObjective,
  elboObjective,
  type LossTerm,
  mlpVae,
  type Objective,
  type Player,
  passElbo,
  type VaeModel,
  VaeTrainer,
} from 'tfjs-vae';
import { expect, test } from 'vitest';
import { pixelTensor, variable, weightsOf } from '../support/networks';

const x = pixelTensor(4, 3);
const one = () => tf.scalar(1);
const term = (name: string, more: Partial<LossTerm> = {}): LossTerm => ({ name, weight: 1, evaluate: one, ...more });
const elboWith = (...terms: LossTerm[]) => elboObjective({ terms });

/** Two steps of a small model; what is thrown leaves no tensor behind. */
async function fit(objective: Objective, penalties?: Record<string, tf.Tensor>) {
  const vae = mlpVae({ inputShape: [3], latentDim: 2, hidden: [4], seed: 1 });
  const model: VaeModel = {
    pass: (batch, context) => ({ ...vae.pass(batch, context), ...(penalties && { penalties }) }),
    variables: () => vae.variables(),
    trainableVariables: () => vae.trainableVariables(),
  };
  const trainer = new VaeTrainer({ model, objective, seed: 1 });
  try {
    await trainer.fit(x, { epochs: 2 });
    return weightsOf(vae);
  } finally {
    trainer.dispose();
    vae.dispose();
  }
}

/** A network that learns one number. */
function player(name: string): Player {
  const [number] = [variable([1], 1)];
  return {
    name,
    variables: () => ({ number }),
    loss: () => tf.sum(tf.square(number)),
    dispose: () => number.dispose(),
  };
}

test.each([
  ['a schedule', 'beta', elboWith(term('beta'))],
  ['the weight of another', 'aWeight', elboWith(term('a'), term('aWeight'))],
  [
    'a schedule, in its metrics',
    'beta',
    elboWith(term('a', { evaluate: () => ({ value: one(), metrics: { beta: one() } }) })),
  ],
  ['the loss of a player', 'criticLoss', elboWith(term('criticLoss', { players: () => [player('critic')] }))],
])('a term called as %s would hide one of two numbers', async (_, name, objective) => {
  await expect(fit(objective)).rejects.toThrow(`two values of the objective are called ${name}; rename one of them`);
});

test('a term called as a penalty of the model would hide the penalty', async () => {
  await expect(fit(elboWith(term('commitment')), { commitment: one() })).rejects.toThrow(
    'two values of the objective are called commitment; rename one of them',
  );
});

test('two players of one name would share a place in checkpoints', async () => {
  const players = [player('critic'), player('critic')];
  const objective = elboWith(...players.map((each, i) => term(`t${i}`, { players: () => [each] })));
  await expect(fit(objective)).rejects.toThrow('two values of the objective are called criticLoss; rename one of them');
});

test('variables of an objective and of a term at one path would be one in a checkpoint', () => {
  const [a, b] = [variable([1], 1), variable([1], 2)];
  const objective = defineObjective({
    evaluate: (pass, batch) => ({ ...passElbo(pass, batch), loss: tf.scalar(0) }),
    variables: () => ({ 'a/b': a }),
    terms: [term('a', { variables: () => ({ b }) })],
  });
  expect(() => objective.variables!()).toThrow('two values of the objective are called a/b');
});

test('a term may be called as a part of the model, and have variables there', async () => {
  const own = variable([1], 1);
  const named = await fit(elboWith(term('encoder', { variables: () => ({ '0/kernel': own }) })));
  expect(named).toEqual(await fit(elboWith(term('other'))));
  expect(own.isDisposed).toBe(false);
});

test('a term may be an object of a class with fields of its own', async () => {
  class Constant implements LossTerm {
    readonly name = 'constant';
    readonly weight = 2;
    readonly size = 3;
    evaluate() {
      return tf.scalar(this.size);
    }
  }
  await expect(fit(elboWith(new Constant()))).resolves.toEqual(await fit(elboWith()));
});

test.each([
  [3, 'the term a must give a tensor, or { value } of one'],
  [undefined, 'the term a must give a tensor, or { value } of one'],
  [Promise.resolve(1), 'the term a must give a tensor, or { value } of one'],
  [{ value: tf.scalar(1), metric: {} }, 'the term a: unknown option metric; write metrics'],
])('what a term gives is refused: %o', async (given, message) => {
  await expect(fit(elboWith(term('a', { evaluate: () => given as unknown as tf.Tensor })))).rejects.toThrow(message);
});

test.each([
  [{ bound: tf.scalar(1) }, "the objective's bound belongs among its metrics"],
  [{ loss: undefined }, "the objective's loss must be a scalar, got [undefined]"],
])('what an objective gives is refused: %o', async (more, message) => {
  const objective = defineObjective({
    evaluate: (pass, batch) => ({ ...passElbo(pass, batch), loss: tf.scalar(0), ...(more as object) }),
  });
  await expect(fit(objective)).rejects.toThrow(message);
});

test('a function is wanted where an objective is defined', () => {
  expect(() => defineObjective({ evaluate: null as never })).toThrow('evaluate must be a function, got null');
});
