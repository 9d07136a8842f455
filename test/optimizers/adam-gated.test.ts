import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Adam } from '../../src/optimizers/adam';
import { AdamW } from '../../src/optimizers/adam-w';
import * as device from '../../src/optimizers/device';
import { describeBackends } from '../support/backends';
import { expectRelative } from '../support/expect-close';
import { apply, gradients, SIZE, Textbook, variableOf } from './textbook';

vi.mock('../../src/optimizers/device', { spy: true });

/** As on a GPU, where the flag cannot be read within a step and is part of the arithmetic. */
describeBackends('Adam where the flag stays on the device', () => {
  beforeEach(() => {
    vi.mocked(device.readsAtOnce).mockReturnValue(false);
  });
  afterEach(() => {
    vi.mocked(device.readsAtOnce).mockReset();
  });

  test.each([
    ['Adam', 0],
    ['AdamW', 0.1],
  ])('%s follows the textbook over 60 steps to 1e-6, past updates that are not finite', (_, weightDecay) => {
    const options = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
    const start = Array.from({ length: SIZE }, (_, i) => 3 + i);
    const textbook = new Textbook([...start], { ...options, weightDecay });
    const adam = weightDecay ? new AdamW({ ...options, weightDecay, decay: () => true }) : new Adam(options);
    const variable = variableOf(start);
    for (let step = 0; step < 60; step++) {
      textbook.step(gradients(step), step);
      apply(adam, variable, gradients(step), step);
      if (step % 10 > 0) continue;
      const state = () => [variable, ...Object.values(adam.variables())].map(v => Array.from(v.dataSync()));
      const before = state();
      for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) {
        apply(adam, variable, Array(SIZE).fill(value), step, { finite: 0 });
      }
      expect(state()).toEqual(before);
    }
    expectRelative(Array.from(variable.dataSync()), textbook.theta, 1e-6);
    variable.dispose();
    adam.dispose();
  });

  test('a first step that is not finite changes nothing: no division by 1 − β⁰', () => {
    const start = Array.from({ length: SIZE }, (_, i) => 3 + i);
    const [adam, variable] = [new Adam(), variableOf(start)];
    apply(adam, variable, Array(SIZE).fill(Number.NaN), 0, { finite: 0 });
    expect(Array.from(variable.dataSync())).toEqual(start);
    expect(Array.from(adam.variables()['count']!.dataSync())).toEqual([0]);
    variable.dispose();
    adam.dispose();
  });

  test('a schedule that gives no number is refused before anything moves', () => {
    const start = Array.from({ length: SIZE }, () => 1);
    const [adam, variable] = [new Adam({ learningRate: () => Number.NaN }), variableOf(start)];
    expect(() => apply(adam, variable, gradients(3), 3)).toThrow(
      'Adam: learningRate must be 0 or more, got NaN at step 3',
    );
    expect(Array.from(variable.dataSync())).toEqual(start);
    variable.dispose();
    adam.dispose();
  });
});
