import * as tf from '@tensorflow/tfjs';
import { couplingFlow, defineFlow, type FlowContext, iafFlow, mafFlow, planarFlow, Rng } from 'tfjs-vae';
import { describe, expect, test } from 'vitest';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { numericGradient } from '../support/finite-difference';
import { contextOf, type FlowRow, flatOf, flowRows } from './table';
import { jacobian, logAbsDet, type Weights } from './twins';

const BATCH = 3;
const table = flowRows.map(row => [row.name, row] as const);

type Fixture = { context: FlowContext; z: tf.Tensor; xs: number[] } & ReturnType<typeof flatOf>;

/** Runs a check on a flow with random weights, and fails when anything is left behind. */
function fresh(row: FlowRow, check: (fixture: Fixture) => void): void {
  noLeak(() => {
    const context = contextOf(row, BATCH);
    const z = new Rng(3).normal([BATCH, row.size]);
    check({ context, ...flatOf(context), z, xs: [...z.dataSync()] });
    tf.dispose([z, context as never]);
  });
}

/** The map that the twin knows: forward, or backwards. */
const known = ({ flow, backwards }: FlowRow, z: tf.Tensor, context: FlowContext) =>
  backwards ? flow.inverse!(z, context) : flow.forward(z, context);

/** Rows of a batch in float64: where they go, and log |det| by finite differences. */
function expected({ twin, size, backwards }: FlowRow, z: readonly number[], flat: Weights, told: readonly number[]) {
  const width = told.length / BATCH;
  return Array.from({ length: BATCH }, (_, b) => {
    const map = (x: readonly number[]) => twin(x, flat, told.slice(b * width, (b + 1) * width));
    const x = z.slice(b * size, (b + 1) * size);
    return { z: map(x), logDet: (backwards ? -1 : 1) * logAbsDet(jacobian(map, x)) };
  });
}

describeBackends('flows', () => {
  describe.each(table)('%s', (_, row) => {
    test('goes where its twin goes; the log-determinant is that of finite differences', () => {
      fresh(row, ({ context, z, xs, flat, told }) => {
        const rows = expected(row, xs, flat, told);
        const { z: moved, logDet } = tf.tidy(() => known(row, z, context));
        expect([moved.shape, logDet.shape]).toEqual([[BATCH, row.size], [BATCH]]);
        expectClose(
          values(moved),
          rows.flatMap(r => r.z),
        );
        expectClose(
          values(logDet),
          rows.map(r => r.logDet),
        );
      });
    });

    test('samples [samples, batch, size] go as each of them does', () => {
      fresh(row, ({ context, z }) => {
        const one = tf.tidy(() => row.flow.forward(z, context));
        const two = tf.tidy(() => row.flow.forward(tf.stack([z, z]), context));
        expect([two.z.shape, two.logDet.shape]).toEqual([
          [2, BATCH, row.size],
          [2, BATCH],
        ]);
        for (const name of ['z', 'logDet'] as const) {
          const each = values(one[name]);
          expectClose(values(two[name]), [...each, ...each], { tolerance: 1e-6 });
        }
      });
    });

    test('gradients by z, weights and features agree with finite differences', () => {
      fresh(row, ({ context, z, xs, flat, told }) => {
        const names = Object.keys(flat);
        const inputs = [
          z,
          ...(context.features ? [context.features] : []),
          ...names.map(name => context.weights[name]!),
        ];
        const gradients = tf.grads((...[x, ...rest]: tf.Tensor[]) => {
          const features = context.features && rest.shift()!;
          const weights = Object.fromEntries(names.map((name, i) => [name, rest[i]!]));
          const result = known(row, x!, { weights, ...(features && { features }) });
          return tf.add(tf.sum(tf.square(result.z)), tf.sum(result.logDet));
        })(inputs);
        const twin = (x: readonly number[], features: readonly number[], weights: Weights) =>
          expected(row, x, weights, features).reduce(
            (sum, r) => sum + r.z.reduce((a, v) => a + v * v, 0) + r.logDet,
            0,
          );
        expectClose(
          values(gradients.shift()!),
          numericGradient(x => twin(x, told, flat), xs),
          { tolerance: 1e-3 },
        );
        if (context.features) {
          const byFeatures = numericGradient(f => twin(xs, f, flat), told);
          expectClose(values(gradients.shift()!), byFeatures, { tolerance: 1e-3 });
        }
        names.forEach((name, i) => {
          const byWeight = numericGradient(w => twin(xs, told, { ...flat, [name]: w }), flat[name]!);
          expectClose(values(gradients[i]!), byWeight, { tolerance: 1e-3 });
        });
      });
    });

    test('the inverse leads back, with the same log-determinant', () => {
      if (!row.flow.inverse) return;
      fresh(row, ({ context, z, xs }) => {
        const there = tf.tidy(() => row.flow.forward(z, context));
        const back = tf.tidy(() => row.flow.inverse!(there.z, context));
        expectClose(values(back.z), xs, { tolerance: row.roundTrip! });
        expectClose(values(back.logDet), values(there.logDet), { tolerance: row.roundTrip! });
        there.z.dispose();
      });
    });
  });

  test.each([0, 1])('the Jacobian of an autoregressive step is triangular, in the order of step %i', last => {
    const row: FlowRow = {
      name: 'iaf',
      flow: iafFlow({ steps: last + 1, hidden: 9, context: 2, seed: 1 }),
      size: 5,
      twin: z => [...z],
    };
    fresh(row, ({ context, z }) => {
      // The step in question: those before it are closed, σ(40) = 1.
      const weights = { ...context.weights };
      const identity = tf.tidy(() => tf.concat([tf.zeros([5]), tf.fill([5], 40)]));
      const silent = tf.zeros([9, 10]);
      for (let i = 0; i < last; i++)
        Object.assign(weights, { [`${i}/output/kernel`]: silent, [`${i}/output/bias`]: identity });
      const logDets = values(tf.tidy(() => row.flow.forward(z, { ...context, weights }).logDet));
      const rows = Array.from({ length: 5 }, (_, i) => {
        const output = (x: tf.Tensor) =>
          tf.sum(tf.slice(row.flow.forward(x, { ...context, weights }).z, [0, i], [-1, 1]));
        return values(tf.grad(output)(z));
      });
      for (let b = 0; b < BATCH; b++) {
        const matrix = rows.map(list => list.slice(b * 5, (b + 1) * 5));
        const ordered = last === 0 ? matrix : [...matrix].reverse().map(list => [...list].reverse());
        ordered.forEach((list, i) => {
          expect(list.slice(i + 1)).toEqual(Array(4 - i).fill(0));
          expect(list.slice(0, i).every(v => v !== 0)).toBe(true);
        });
        expectClose([ordered.reduce((sum, list, i) => sum + Math.log(list[i]!), 0)], [logDets[b]!], {
          tolerance: 1e-6,
        });
      }
      tf.dispose([identity, silent]);
    });
  });

  test('coupling is the identity at the start; gates of iaf begin nearly open', () => {
    noLeak(() => {
      const z = new Rng(3).normal([BATCH, 4]);
      const coupling = couplingFlow({ steps: 3, seed: 1 });
      const variables = coupling.createVariables!(4);
      const { z: same, logDet } = tf.tidy(() => coupling.forward(z, { weights: variables }));
      expect(values(same)).toEqual([...z.dataSync()]);
      expect(values(logDet)).toEqual([0, 0, 0]);
      const iaf = iafFlow({ steps: 1, context: 0, seed: 1 }).createVariables!(4);
      expect([...iaf['0/output/bias']!.dataSync()]).toEqual([0, 0, 0, 0, 2, 2, 2, 2]);
      tf.dispose([z, variables, iaf]);
    });
  });

  test('the same seed gives the same weights, another one others', () => {
    const kernelOf = (seed: number) => {
      const variables = mafFlow({ seed }).createVariables!(3);
      const kernel = [...variables['0/hidden/kernel']!.dataSync()];
      tf.dispose(variables);
      return kernel;
    };
    expect(kernelOf(4)).toEqual(kernelOf(4));
    expect(kernelOf(4)).not.toEqual(kernelOf(5));
  });
});

test('what cannot be a flow is refused by name', () => {
  expect(() => planarFlow({ steps: 0 })).toThrow('planarFlow: steps must be a positive integer, got 0');
  expect(() => iafFlow({ hidden: 1.5 })).toThrow('iafFlow: hidden must be a positive integer, got 1.5');
  expect(() => mafFlow({ context: -1 })).toThrow('mafFlow: context must be a positive integer, got -1');
  expect(() => couplingFlow({ units: 3 } as never)).toThrow('couplingFlow: unknown option units');
  expect(() => couplingFlow().createVariables!(1)).toThrow('so it takes 2 dimensions or more');
  const own = defineFlow('ownFlow', () => ({ features: () => 0, forward: z => ({ z, logDet: tf.zeros([1]) }) }));
  expect([own.kind, own().kind, own.fromConfig(own().config())]).toMatchObject([
    'ownFlow',
    'ownFlow',
    { kind: 'ownFlow' },
  ]);
});
