import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { tidy } from '../../src/ops/tidy';
import { Rng } from '../../src/random/rng';
import { describeBackends, noLeak, values } from '../support/backends';
import { connected, type Fixture, flatten, fresh, toTensors, withKl } from './fixture';
import { offers, type Row } from './row';
import { rows } from './table';

const OPTIONAL = ['logProbElements', 'klElements', 'mode', 'variance', 'entropy'] as const;

type Result = tf.Tensor | Record<string, tf.Tensor>;

/** Every method that returns tensors; undefined where a distribution does not have it. */
const METHODS: Record<string, (fixture: Fixture) => Result | undefined> = {
  sample: ({ d }) => d.sample({ rng: new Rng(1) }),
  'sample of 2': ({ d }) => d.sample({ rng: new Rng(1), samples: 2 }),
  sampleWithLogProb: ({ d }) => d.sampleWithLogProb({ rng: new Rng(1) }),
  'sampleWithLogProb of 2': ({ d }) => d.sampleWithLogProb({ rng: new Rng(1), samples: 2 }),
  logProb: ({ d, x }) => d.logProb(x),
  logProbElements: ({ d, x }) => d.logProbElements?.(x),
  mean: ({ d }) => d.mean(),
  mode: ({ d }) => d.mode?.(),
  variance: ({ d }) => d.variance?.(),
  entropy: ({ d }) => d.entropy?.(),
};

/** The tensors of a result: one, the fields of an object, or none. */
function tensorsOf(result: tf.Tensor | Record<string, tf.Tensor> | undefined): tf.Tensor[] {
  if (!result) return [];
  return result instanceof tf.Tensor ? [result] : Object.values(result);
}

describeBackends('contract', () => {
  describe.each(rows)('$name', row => {
    test('detach keeps the values and stops the gradients', () => {
      fresh(row, ({ d, tensors, x }) => {
        const before = tf.memory().numTensors;
        const detached = d.detach();
        expect(detached.kind).toBe(d.kind);
        expect(Object.keys(detached.params)).toEqual(Object.keys(d.params));
        expect(values(detached.logProb(x))).toEqual(values(d.logProb(x)));
        for (const [name, t] of Object.entries(detached.params)) {
          expect(Array.from(t.dataSync())).toEqual(Array.from(tensors[name]!.dataSync()));
        }
        detached.dispose();
        expect(tf.memory().numTensors).toBe(before);

        const by = Object.values(tensors);
        if (by.length === 0) return;
        const stopped = tf.grads(() => tf.add(connected(by), tf.sum(d.detach().logProb(x))))(by);
        for (const g of stopped) for (const v of values(g)) expect(v).toBe(1);
      });
    });

    test('its parameters are the very tensors that were given: own, enumerable, disposed of with it', () => {
      fresh(row, ({ d, tensors }) => {
        expect(Object.keys(d.params)).toEqual(Object.keys(tensors));
        for (const [name, t] of Object.entries(tensors)) expect(d.params[name]).toBe(t);
        expect(Object.getOwnPropertyDescriptor(d, 'params')).toMatchObject({ enumerable: true });
        expect(typeof d.kind).toBe('string');
        d.dispose();
        for (const t of Object.values(tensors)) expect(t.isDisposed).toBe(true);
        expect(() => d.dispose()).not.toThrow();
      });
      noLeak(() => tf.dispose(toTensors(row.golden.params)));
      noLeak(() => {
        const held = tidy(() => row.make(toTensors(row.golden.params)));
        for (const t of Object.values(held.params)) expect(t.isDisposed).toBe(false);
        tf.dispose(held as unknown as tf.TensorContainer);
      });
    });

    test.each(Object.keys(METHODS))('%s returns new tensors alone, which belong to the caller', name => {
      fresh(row, fixture => {
        expectOwned(row, fixture, () => METHODS[name]!(fixture));
      });
    });

    test('KLs return new tensors alone, which belong to the caller', () => {
      withKl(row, (fixture, p) => {
        expectOwned(row, fixture, () => fixture.d.kl(p));
        if (fixture.d.klElements) expectOwned(row, fixture, () => fixture.d.klElements!(p));
      });
    });

    test('it tells its event, and offers what its row says', () => {
      fresh(row, ({ d }) => {
        expect(d.eventShape).toEqual(row.event);
        for (const method of OPTIONAL) expect(d[method] !== undefined, method).toBe(offers(row, method));
      });
    });
  });
});

function expectOwned(row: Row, { tensors, x }: Fixture, call: () => Result | undefined): void {
  const borrowed = [...Object.values(tensors), x];
  const before = tf.memory().numTensors;
  const results = tensorsOf(call());
  expect(tf.memory().numTensors - before).toBe(results.length);
  for (const result of results) {
    expect(borrowed).not.toContain(result);
    for (const v of values(result)) expect(v).not.toBeNaN();
  }
  expect(tf.memory().numTensors).toBe(before);
  expect(tf.tidy(() => tensorsOf(call()).every(t => !t.isDisposed))).toBe(true);
  expect(tf.memory().numTensors).toBe(before);
  for (const [name, t] of Object.entries(tensors)) {
    expect(Array.from(t.dataSync())).toEqual(flatten(row.golden.params[name]!));
  }
  expect(Array.from(x.dataSync())).toEqual(flatten(row.golden.x));
}
