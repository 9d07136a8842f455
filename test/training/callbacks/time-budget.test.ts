import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { timeBudget } from '../../../src/training/callbacks/time-budget';
import { handOf, saved, smallVae } from './support';

describe('timeBudget', () => {
  const hand = handOf(smallVae());
  let now = 0;
  beforeEach(() => {
    now = 1e6;
    hand.stops = 0;
    hand.stopTraining = false;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  /** Steps of one second until it stops, at most `most`. */
  function steps(budget: ReturnType<typeof timeBudget>, most = 100): number {
    const before = hand.stops;
    for (let i = 0; i < most; i++) {
      now += 1000;
      budget.onStep!();
      if (hand.stops > before) return i + 1;
    }
    return most;
  }

  test('stops after the step at which the time is used up, from the beginning of training', () => {
    const budget = timeBudget({ seconds: 4.5 });
    budget.setTrainer!(hand);
    now += 60_000;
    budget.onTrainBegin!();
    expect(steps(budget)).toBe(5);
    expect(hand.stops).toBe(1);
  });

  test('notices at the end of an epoch as well', () => {
    const budget = timeBudget({ seconds: 3 });
    budget.setTrainer!(hand);
    budget.onTrainBegin!();
    budget.onEpochEnd!(0);
    expect(hand.stopTraining).toBe(false);
    now += 3000;
    budget.onEpochEnd!(1);
    expect([hand.stopTraining, hand.stops]).toEqual([true, 0]);
  });

  test('a resumed run has the rest', () => {
    const first = timeBudget({ seconds: 10 });
    first.setTrainer!(hand);
    first.onTrainBegin!();
    expect(steps(first, 3)).toBe(3);
    now += 500;
    const { state } = saved(first);
    expect(state).toEqual({ seconds: 3.5 });
    now += 1e9;
    const second = timeBudget({ seconds: 10 });
    second.setTrainer!(hand);
    second.loadState!(state, {});
    second.onTrainBegin!();
    expect(steps(second)).toBe(7);
  });

  test('a later fit has what is left, and the whole time after the time was up', () => {
    const budget = timeBudget({ seconds: 10 });
    budget.setTrainer!(hand);
    budget.onTrainBegin!();
    steps(budget, 4);
    budget.onTrainEnd!();
    now += 1e9;
    budget.setTrainer!(hand);
    budget.onTrainBegin!();
    expect(steps(budget)).toBe(6);
    budget.onTrainEnd!();
    budget.setTrainer!(hand);
    budget.onTrainBegin!();
    expect(steps(budget)).toBe(10);
  });

  test('the time after a run that failed is not its own', () => {
    const budget = timeBudget({ seconds: 10 });
    budget.setTrainer!(hand);
    budget.onTrainBegin!();
    steps(budget, 4);
    now += 1e9;
    budget.setTrainer!(hand);
    budget.onTrainBegin!();
    expect(steps(budget)).toBe(6);
  });

  test('refuses no time', () => {
    for (const seconds of [0, -1, Number.NaN, Infinity]) {
      expect(() => timeBudget({ seconds })).toThrow(`timeBudget: seconds must be a positive number, got ${seconds}`);
    }
  });
});
