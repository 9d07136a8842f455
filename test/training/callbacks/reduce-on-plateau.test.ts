import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { Adam } from '../../../src/optimizers/adam';
import { fromTfOptimizer } from '../../../src/optimizers/tf-optimizer';
import type { TrainerCallback } from '../../../src/training/callbacks';
import { reduceOnPlateau } from '../../../src/training/callbacks/reduce-on-plateau';
import { epochs, type Hand, handOf, saved, smallVae } from './support';

/** The rate factor after each epoch. */
async function factors(callback: TrainerCallback, hand: Hand, values: readonly number[]): Promise<number[]> {
  const seen: number[] = [];
  for (const val_elbo of values) {
    await epochs(callback, hand, [{ val_elbo }]);
    seen.push(hand.optimizer.rateFactor!);
  }
  return seen;
}

function made(options: Parameters<typeof reduceOnPlateau>[0]) {
  const callback = reduceOnPlateau(options);
  const hand = handOf(smallVae());
  callback.setTrainer!(hand);
  return { callback, hand };
}

describe('reduceOnPlateau', () => {
  test('multiplies the rate after patience epochs without a better value, again and again', async () => {
    const { callback, hand } = made({ patience: 2, factor: 0.5 });
    const values = [-9, -8, -8, Number.NaN, -8, -8, -7, -8, -8];
    expect(await factors(callback, hand, values)).toEqual([1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125]);
  });

  test('not below minFactor, nor up from a lower factor', async () => {
    const { callback, hand } = made({ patience: 1, factor: 0.1, minFactor: 0.05 });
    expect(await factors(callback, hand, [-1, -1, -1, -1])).toEqual([1, 0.1, 0.05, 0.05]);
    hand.optimizer.rateFactor = 0.01;
    expect(await factors(callback, hand, [-1])).toEqual([0.01]);
  });

  test('does not wait during the cooldown, but sees a better value in it', async () => {
    const { callback, hand } = made({ patience: 1, factor: 0.5, cooldown: 2 });
    expect(await factors(callback, hand, [-5, -5, -5, -5, -5, -4, -4])).toEqual([1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]);
    expect(callback.state!()).toEqual({ rateFactor: 0.25, best: -4, waited: 0, cooling: 0 });
  });

  test('a saved state goes on in a new optimizer', async () => {
    const values = [-5, -5, -5, -5, -4, -5, -5, -5];
    const whole = made({ patience: 2, cooldown: 1 });
    const expected = await factors(whole.callback, whole.hand, values);
    expect(new Set(expected).size).toBe(3);
    for (let split = 1; split < values.length; split++) {
      const first = made({ patience: 2, cooldown: 1 });
      const seen = await factors(first.callback, first.hand, values.slice(0, split));
      const second = made({ patience: 2, cooldown: 1 });
      second.callback.loadState!(saved(first.callback).state, {});
      expect([...seen, ...(await factors(second.callback, second.hand, values.slice(split)))]).toEqual(expected);
    }
  });

  test('the factor scales what Adam moves', async () => {
    const step = (rateFactor: number) =>
      tf.tidy(() => {
        const adam = new Adam({ learningRate: 0.1 });
        adam.rateFactor = rateFactor;
        const variable = tf.variable(tf.scalar(0));
        const context = { step: 0, finite: tf.scalar(1) };
        adam.apply([{ path: 'w', variable, gradient: tf.scalar(1) }], context);
        return variable.dataSync()[0]!;
      });
    expect(step(1)).toBeCloseTo(-0.1, 6);
    expect(step(0.25)).toBeCloseTo(-0.025, 6);
  });

  test('refuses an optimizer without a rate factor, and bad options', () => {
    expect(() => reduceOnPlateau().setTrainer!(handOf(smallVae(), fromTfOptimizer(tf.train.sgd(1))))).toThrow(
      'reduceOnPlateau: the optimizer has no rateFactor; take Adam or AdamW, or give it one',
    );
    expect(() => reduceOnPlateau({ factor: 1 })).toThrow('reduceOnPlateau: factor must be in (0, 1), got 1');
    expect(() => reduceOnPlateau({ minFactor: 1 })).toThrow('reduceOnPlateau: minFactor must be in [0, 1), got 1');
    expect(() => reduceOnPlateau({ patience: 0 })).toThrow(
      'reduceOnPlateau: patience must be a positive integer, got 0',
    );
    expect(() => reduceOnPlateau({ cooldown: -1 })).toThrow(
      'reduceOnPlateau: cooldown must be a number of epochs, 0 or more, got -1',
    );
    expect(() => reduceOnPlateau({ monitor: 'x' })).toThrow("reduceOnPlateau: mode is not known for 'x'");
  });
});
