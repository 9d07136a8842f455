import * as tf from '@tensorflow/tfjs';
import {
  couplingFlow,
  type Flow,
  FlowDistribution,
  iafFlow,
  mafFlow,
  Normal,
  normalFamily,
  planarFlow,
  Rng,
  StandardNormal,
} from 'tfjs-vae';
import { expect, test } from 'vitest';
import { flowFamily } from '../../src/families/flow-family';
import { eventPoints, supports } from '../distributions/supports';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { contextOf } from './table';
import { planarTwin } from './twins';

/** A flow with random weights over N(0, I) of two dimensions. */
function bent(flow: Flow): FlowDistribution {
  const context = contextOf({ flow, size: 2 }, 1);
  return new FlowDistribution({ base: new StandardNormal({ shape: [2] }), flow: [{ flow, ...context }] });
}

const flows: readonly (readonly [string, Flow])[] = [
  ['iaf', iafFlow({ steps: 2, hidden: 5, context: 2, seed: 1 })],
  ['maf', mafFlow({ steps: 2, hidden: 5, seed: 1 })],
  ['coupling', couplingFlow({ steps: 3, hidden: 5, seed: 1 })],
];

/** The place that planar steps with these parameters take to y: each undone by bisection along its w. */
function undone(y: readonly number[], told: readonly number[]): number[] {
  let x = [...y];
  for (let at = told.length - 5; at >= 0; at -= 5) {
    const own = told.slice(at, at + 5);
    const [, , w0, w1] = own as [number, number, number, number];
    // wᵀz grows with wᵀz₀, and differs from it by less than the widest stretch.
    const target = w0 * x[0]! + w1 * x[1]!;
    let [low, high] = [target - 40, target + 40];
    const norm = w0 * w0 + w1 * w1;
    const onPlane = (a: number) => [(a * w0) / norm, (a * w1) / norm];
    for (let i = 0; i < 40; i++) {
      const middle = (low + high) / 2;
      const moved = planarTwin(onPlane(middle), {}, own);
      if (w0 * moved[0]! + w1 * moved[1]! < target) low = middle;
      else high = middle;
    }
    const [p, q] = onPlane((low + high) / 2) as [number, number];
    const [p1, q1] = planarTwin([p, q], {}, own) as [number, number];
    x = [x[0]! - (p1 - p), x[1]! - (q1 - q)];
  }
  return x;
}

/** Two planar steps that fold space gently, and where they come from in points of the plane. */
const mild = [0.8, -0.5, 1.2, 0.6, 0.3, -0.4, 0.9, 0.7, -1.1, -0.2];
const axes = eventPoints(supports.real, 2);
const starts = axes.events.map(event => undone(event, mild));

describeBackends('FlowDistribution', () => {
  test.each(flows)('∫ q = 1 in two dimensions: %s', (_, flow) => {
    noLeak(() => {
      const d = bent(flow);
      const density = values(tf.tidy(() => tf.exp(d.logProb(tf.tensor2d(axes.events)))));
      expectClose([density.reduce((sum, p, i) => sum + p * axes.weights[i]!, 0)], [1], { tolerance: 1e-4 });
      d.dispose();
    });
  });

  test('∫ q = 1 in two dimensions: planar, from the places that its twin leads back to', () => {
    noLeak(() => {
      const flow = planarFlow({ steps: 2 });
      const features = tf.tensor2d([mild]);
      const base = new StandardNormal({ shape: [2] });
      const density = values(
        tf.tidy(() => {
          const z = tf.tensor2d(starts);
          const { logDet } = flow.forward(z, { weights: {}, features });
          return tf.exp(tf.sub(base.logProb(z), logDet));
        }),
      );
      expectClose([density.reduce((sum, p, i) => sum + p * axes.weights[i]!, 0)], [1], { tolerance: 1e-4 });
      features.dispose();
    });
  });

  test.each(flows)('the log-density of a draw is that of its value: %s', (_, flow) => {
    noLeak(() => {
      const d = bent(flow);
      const { value, logProb } = d.sampleWithLogProb({ rng: new Rng(4), samples: 50 });
      expectClose(values(d.logProb(value)), values(logProb), { tolerance: 1e-5 });
      value.dispose();
      d.dispose();
    });
  });

  test.each([...flows, ['planar', planarFlow({ steps: 2 })] as const])(
    'detach reaches base, weights and features, and z stays differentiable: %s',
    (_, flow) => {
      noLeak(() => {
        const context = contextOf({ flow, size: 2 }, 3);
        const mean = tf.zeros([3, 2]);
        const inputs = [mean, ...Object.values(context.weights), ...(context.features ? [context.features] : [])];
        const draw = (stopped: boolean) => () => {
          const d = new FlowDistribution({
            base: new Normal({ mean, logVar: tf.zeros([3, 2]) }),
            flow: [{ flow, ...context }],
          });
          const { value, logProb } = (stopped ? d.detach() : d).sampleWithLogProb({ rng: new Rng(4) });
          const all = inputs.reduce((sum: tf.Tensor, t) => tf.add(sum, tf.mul(0, tf.sum(t))), tf.scalar(0));
          return tf.add(all, tf.add(tf.sum(value), tf.sum(logProb))) as tf.Scalar;
        };
        for (const gradient of tf.grads(draw(true))(inputs)) for (const v of values(gradient)) expect(v).toBe(0);
        for (const gradient of tf.grads(draw(false))(inputs)) expect(values(gradient).some(v => v !== 0)).toBe(true);
        tf.dispose([mean, context as never]);
      });
    },
  );

  test('a flow without an inverse knows the density of its own draws alone', () => {
    noLeak(() => {
      const d = bent(planarFlow({ steps: 2 }));
      expect(d.hasDensity).toBe(false);
      const { value, logProb } = d.sampleWithLogProb({ rng: new Rng(4) });
      expect(() => d.logProb(value)).toThrow('FlowDistribution.logProb: planarFlow has no inverse');
      tf.dispose([value, logProb]);
      d.dispose();
      const known = bent(couplingFlow({ steps: 1, hidden: 3, seed: 1 }));
      expect(known.hasDensity).toBe(true);
      known.dispose();
    });
  });

  test('log det of a planar step keeps its digits where the map all but folds', () => {
    noLeak(() => {
      // wᵀu = −16 and wᵀz + b = 0: det = softplus(−16).
      const features = tf.tensor2d([[-16, 0, 1, 0, 0]]);
      const z = tf.zeros([1, 2]);
      const exact = Math.log(Math.log1p(Math.exp(-16)));
      const flow = planarFlow({ steps: 1 });
      expectClose(values(tf.tidy(() => flow.forward(z, { weights: {}, features }).logDet)), [exact]);
      const naive = Math.log(Math.fround(1 + Math.fround(Math.fround(Math.log1p(Math.exp(-16))) - 1)));
      expect(Math.abs(naive - exact)).toBeGreaterThan(0.03);
      tf.dispose([features, z]);
    });
  });
});

test('what does not fit is refused by name', () => {
  const base = new StandardNormal({ shape: [2] });
  const flow = planarFlow({ steps: 1 });
  expect(() => new FlowDistribution({ base, flow: [{ flow, weights: {} }] })).toThrow(
    'FlowDistribution: planarFlow takes 5 features of each example, got 0',
  );
  const square = new StandardNormal({ shape: [2, 2] });
  expect(() => new FlowDistribution({ base: square, flow: [] })).toThrow('with an event [size], got [2,2]');
  const plain = new FlowDistribution({ base, flow: [] });
  expect(() => plain.logProb(tf.zeros([1, 3]))).toThrow('x must end in [2], got [1,3]');
  expect(() => flowFamily({ base: normalFamily(), flow: [] })).toThrow('flowFamily: flow must list flows');
  expect(() => flowFamily({ base: normalFamily(), flow: [planarFlow as never] })).toThrow('got a function; call it');
  const family = flowFamily({ base: normalFamily(), flow: [couplingFlow({ context: 3 })] });
  expect(() => family.createVariables!([null])).toThrow('flowFamily: z must be a vector of known size, got [');
});
