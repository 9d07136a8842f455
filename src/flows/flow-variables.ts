import * as tf from '@tensorflow/tfjs';
import { prefixed, type Variables, within } from '../variables/variables';
import type { Flow } from './flow';
import type { BoundFlow } from './flow-distribution';

/** @throws When this is not a list of flows; a factory that was not called is the likeliest mistake. */
export function checkFlows(owner: string, flows: readonly Flow[]): void {
  if (!Array.isArray(flows) || flows.length === 0) {
    throw new Error(`${owner}: flow must list flows, such as [couplingFlow()]`);
  }
  for (const flow of flows as readonly Flow[]) {
    if (typeof flow?.forward === 'function') continue;
    const got = typeof flow === 'function' ? 'a function; call it' : typeof flow;
    throw new Error(`${owner}: flow must list flows, such as couplingFlow(), got ${got}`);
  }
}

/** The variables of all flows for vectors of this size: `flow/0/…`, `flow/1/…`. */
export function flowVariables(flows: readonly Flow[], size: number): Variables {
  const each = flows.map((flow, i) => prefixed(`flow/${i}`, flow.createVariables?.(size) ?? {}));
  return Object.assign({}, ...each) as Variables;
}

/** The flows with clones of these variables, and the features of each. To be called in a `tidy`. */
export function boundFlows(
  flows: readonly Flow[],
  variables: Variables,
  featuresOf: (i: number) => tf.Tensor | undefined,
): BoundFlow[] {
  return flows.map((flow, i) => {
    const own = Object.entries(within(variables, `flow/${i}`));
    const features = featuresOf(i);
    return {
      flow,
      weights: Object.fromEntries(own.map(([path, v]) => [path, tf.clone(v)])),
      ...(features && { features }),
    };
  });
}
