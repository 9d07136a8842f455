import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BackendReport, prepareBackend } from '../../src/backends/prepare-backend';
import { Adam } from '../../src/optimizers/adam';
import { AdamW } from '../../src/optimizers/adam-w';
import type { Optimizer } from '../../src/optimizers/optimizer';
import { linearSchedule } from '../../src/schedules/linear';
import { describeBackends } from '../support/backends';
import { expectRelative } from '../support/expect-close';
import { apply, gradients, SIZE, Textbook, variableOf } from './textbook';

const start = Array.from({ length: SIZE }, (_, i) => 3 + i);
const everything = () => true;

/** Where 60 steps lead. */
function run(optimizer: Optimizer, path = 'w'): number[] {
  const variable = variableOf(start);
  for (let step = 0; step < 60; step++) apply(optimizer, variable, gradients(step), step, { path });
  const reached = Array.from(variable.dataSync());
  variable.dispose();
  optimizer.dispose();
  return reached;
}

describeBackends('AdamW, operation by operation', suite);

describeBackends('AdamW, prepared', () => {
  let report: BackendReport;
  beforeAll(async () => {
    report = await prepareBackend();
  });
  afterAll(() => report.restore());
  suite();
});

function suite(): void {
  test.each([
    ['the defaults', {}],
    ['strong decay', { learningRate: 0.01, weightDecay: 0.5 }],
    ['a schedule, which the decay follows', { learningRate: linearSchedule({ from: 0.1, to: 0.001, steps: 40 }) }],
  ])('follows algorithm 2 over 60 steps to 1e-6, %s', (_, options) => {
    const full = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.01, ...options };
    const textbook = new Textbook([...start], full);
    for (let step = 0; step < 60; step++) textbook.step(gradients(step), step);
    expectRelative(run(new AdamW({ ...options, decay: everything })), textbook.theta, 1e-6);
  });

  test('without decay it is Adam, bit for bit', () => {
    expect(run(new AdamW({ weightDecay: 0, decay: everything }))).toEqual(run(new Adam()));
  });

  test('by default kernels decay, and nothing else', () => {
    const options = { weightDecay: 0.5 };
    const [decayed, plain] = [run(new AdamW({ ...options, decay: everything })), run(new Adam())];
    expect(decayed).not.toEqual(plain);
    const kernels = ['encoder/0/kernel', 'decoder/1/depthwise_kernel', 'dense_Dense1/kernel_2'];
    for (const path of [...kernels, 'encoder/2/meanKernel', 'encoder/2/logVarKernel']) {
      expect(run(new AdamW(options), path), path).toEqual(decayed);
    }
    for (const path of ['encoder/0/bias', 'encoder/2/meanBias', 'encoder/1/gamma', 'kernel/bias', 'prior/logits']) {
      expect(run(new AdamW(options), path), path).toEqual(plain);
    }
  });

  test('a weight without gradient shrinks by α·λ, whatever its size: the decay stays out of the moments', () => {
    const adamW = new AdamW({ learningRate: 0.1, weightDecay: 0.5, decay: everything });
    const variable = variableOf(start);
    apply(adamW, variable, Array(SIZE).fill(0), 0);
    expectRelative(
      Array.from(variable.dataSync()),
      start.map(v => 0.95 * v),
      1e-6,
    );
    expect(Array.from(adamW.variables()['w/m']!.dataSync())).toEqual(Array(SIZE).fill(0));
    apply(adamW, variable, Array(SIZE).fill(Number.NaN), 1, { finite: 0 });
    expectRelative(
      Array.from(variable.dataSync()),
      start.map(v => 0.95 * v),
      1e-6,
    );
    tf.dispose(variable);
    adamW.dispose();
  });
}

describe('options out of range', () => {
  test.each([-0.1, Number.NaN, Number.POSITIVE_INFINITY])('weightDecay %d', weightDecay => {
    const message = `AdamW: weightDecay must be a number of at least 0, got ${weightDecay}`;
    expect(() => new AdamW({ weightDecay })).toThrow(message);
  });

  test('those of Adam', () => {
    expect(() => new AdamW({ beta1: 1 })).toThrow('beta1 must be in [0, 1), got 1');
  });
});
