import * as tf from '@tensorflow/tfjs';
import { couplingFlow, type Flow, type FlowContext, iafFlow, mafFlow, planarFlow, Rng, type Variables } from 'tfjs-vae';
import { couplingTwin, iafTwin, planarTwin, type Twin, type Weights } from './twins';

/** All that the tests know of one flow: a new one joins them with such a row. */
export type FlowRow = {
  name: string;
  flow: Flow;
  size: number;
  /** The same map in float64; of `mafFlow` its inverse. */
  twin: Twin;
  /** Whether the twin goes the other way. */
  backwards?: boolean;
  /** How far the way there and back may be off: measured on weights of this size. */
  roundTrip?: number;
};

export const flowRows: readonly FlowRow[] = [
  { name: 'planar, 3 steps', flow: planarFlow({ steps: 3 }), size: 3, twin: planarTwin },
  { name: 'planar of one dimension', flow: planarFlow({ steps: 2 }), size: 1, twin: planarTwin },
  {
    name: 'iaf, 3 steps with context',
    flow: iafFlow({ steps: 3, hidden: 7, context: 2, seed: 1 }),
    size: 4,
    twin: iafTwin(3),
    roundTrip: 1e-5,
  },
  {
    name: 'iaf of one dimension',
    flow: iafFlow({ steps: 2, hidden: 3, context: 2, seed: 1 }),
    size: 1,
    twin: iafTwin(2),
    roundTrip: 1e-5,
  },
  {
    name: 'maf, 2 steps',
    flow: mafFlow({ steps: 2, hidden: 6, seed: 1 }),
    size: 3,
    twin: iafTwin(2),
    backwards: true,
    roundTrip: 1e-5,
  },
  {
    name: 'coupling, 3 steps with context',
    flow: couplingFlow({ steps: 3, hidden: 5, context: 2, seed: 1 }),
    size: 5,
    twin: couplingTwin(3),
    roundTrip: 1e-5,
  },
  {
    name: 'coupling, 2 steps of two dimensions',
    flow: couplingFlow({ steps: 2, hidden: 4, seed: 1 }),
    size: 2,
    twin: couplingTwin(2),
    roundTrip: 1e-5,
  },
];

/** Random values for all that a flow is computed from. */
export function contextOf({ flow, size }: Pick<FlowRow, 'flow' | 'size'>, batch: number): FlowContext {
  const rng = new Rng(11);
  const variables: Variables = flow.createVariables?.(size) ?? {};
  const weights = Object.fromEntries(
    Object.entries(variables).map(([path, v]) => [path, tf.tidy(() => tf.add(v, tf.mul(0.5, rng.normal(v.shape))))]),
  );
  tf.dispose(variables);
  const width = flow.features(size);
  return { weights, ...(width > 0 && { features: rng.normal([batch, width]) }) };
}

/** The same as flat lists, which a twin takes. */
export function flatOf({ weights, features }: FlowContext): { flat: Weights; told: number[] } {
  const flat = Object.fromEntries(Object.entries(weights).map(([path, t]) => [path, [...t.dataSync()]]));
  return { flat, told: features ? [...features.dataSync()] : [] };
}
