import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { freeze } from '../../src/models/freeze';
import { mlpVae } from '../../src/models/mlp-vae';
import { Adam } from '../../src/optimizers/adam';
import { perPart } from '../../src/optimizers/per-part';
import { VaeTrainer } from '../../src/training/trainer';
import { pixelTensor, weightsOf } from '../support/networks';
import { apply, gradients, SIZE, variableOf } from './textbook';

const ones = () => variableOf(Array(SIZE).fill(1));
const numbers = (t: tf.Tensor) => Array.from(t.dataSync());
const model = () => mlpVae({ inputShape: [6], latentDim: 2, hidden: [5], seed: 1 });

describe('perPart', () => {
  test('each path is moved by the first part that it lies in, as by that optimizer alone', () => {
    const rates = { 'encoder/0/kernel': 0.5, 'encoder/0/bias': 0.01, 'decoder/0/kernel': 0.1 };
    const optimizer = perPart([
      { part: /bias$/g, optimizer: new Adam({ learningRate: 0.01 }) },
      { part: 'encoder', optimizer: new Adam({ learningRate: 0.5 }) },
      { part: () => true, optimizer: new Adam({ learningRate: 0.1 }) },
    ]);
    for (const [path, learningRate] of Object.entries(rates)) {
      const alone = new Adam({ learningRate });
      const [a, b] = [ones(), ones()];
      apply(optimizer, a, gradients(0), 0, { path });
      apply(alone, b, gradients(0), 0, { path });
      expect(numbers(a)).toEqual(numbers(b));
      alone.dispose();
      tf.dispose([a, b]);
    }
    expect(Object.keys(optimizer.variables()).filter(name => name.endsWith('/m'))).toEqual([
      '0/encoder/0/bias/m',
      '1/encoder/0/kernel/m',
      '2/decoder/0/kernel/m',
    ]);
    optimizer.dispose();
  });

  test('trains a model; a part that is frozen has no step, and a saved state goes on bit for bit', () => {
    const start = tf.memory().numTensors;
    const make = () =>
      perPart([
        { part: 'encoder/', optimizer: new Adam({ learningRate: 0.01 }) },
        { part: 'decoder/', optimizer: new Adam({ learningRate: 0.1 }) },
      ]);
    const x = pixelTensor(8, 6);
    const run = (splits: boolean) => {
      const vae = model();
      let optimizer = make();
      const context = { step: 0, finite: tf.scalar(1) };
      const thaw = freeze(vae, 'encoder');
      for (let step = 0; step < 6; step++) {
        if (step === 2) thaw();
        if (step === 4 && splits) {
          const next = make();
          next.load!(optimizer.variables());
          optimizer.dispose();
          optimizer = next;
        }
        tf.tidy(() => {
          const loss = () => tf.mean(vae.reconstruct(x)) as tf.Scalar;
          const { grads } = tf.variableGrads(loss, vae.trainableVariables());
          const list = Object.entries(vae.variables()).flatMap(([path, variable]) => {
            const gradient = grads[variable.name];
            return gradient ? [{ path, variable, gradient }] : [];
          });
          optimizer.apply(list, context);
        });
      }
      const counts = [0, 1].map(i => optimizer.variables()[`${i}/count`]!.dataSync()[0]);
      const weights = weightsOf(vae);
      optimizer.dispose();
      vae.dispose();
      context.finite.dispose();
      return { weights, counts };
    };
    const whole = run(false);
    expect(whole.counts).toEqual([4, 6]);
    expect(run(true)).toEqual(whole);
    x.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });

  test('a path in no part is named', async () => {
    const vae = model();
    const optimizer = perPart([{ part: 'encoder/', optimizer: new Adam() }]);
    const x = pixelTensor(4, 6);
    const trainer = new VaeTrainer({ model: vae, optimizer, seed: 1 });
    expect(() => trainer.step({ x })).toThrow(
      "perPart: 'decoder/0/kernel' lies in none of the parts 'encoder/'; add { part: () => true, optimizer }",
    );
    tf.dispose([x]);
    trainer.dispose();
    vae.dispose();
  });

  test('the rate factor goes to all parts, and is absent where one has none', () => {
    const [a, b] = [new Adam(), new Adam()];
    const optimizer = perPart([
      { part: 'a', optimizer: a },
      { part: 'b', optimizer: b },
    ]);
    optimizer.rateFactor = 0.5;
    expect([a.rateFactor, b.rateFactor, optimizer.rateFactor]).toEqual([0.5, 0.5, 0.5]);
    const mixed = perPart([
      { part: 'a', optimizer: a },
      { part: 'b', optimizer: tf.train.sgd(0.1) },
    ]);
    expect([mixed.rateFactor, mixed.load]).toEqual([undefined, undefined]);
  });

  test('refuses no parts, bad parts, one optimizer twice, and a state of other parts', () => {
    const adam = new Adam();
    expect(() => perPart([])).toThrow('perPart: expected at least one { part, optimizer }');
    expect(() => perPart([{ part: '', optimizer: adam }])).toThrow('perPart: part must be a path');
    expect(() =>
      perPart([
        { part: 'a', optimizer: adam },
        { part: 'b', optimizer: adam },
      ]),
    ).toThrow('perPart: each part needs an optimizer of its own, but one is given twice');
    const state = { '1/w/m': tf.scalar(1) };
    expect(() => perPart([{ part: 'a', optimizer: adam }]).load!(state)).toThrow(
      "perPart: the saved state holds '1/w/m', which belongs to none of these 1 parts",
    );
    tf.dispose(state);
  });
});
