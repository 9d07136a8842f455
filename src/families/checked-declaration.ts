import * as tf from '@tensorflow/tfjs';
import { checkSupport } from '../data/check-support';
import type { Distribution } from '../distributions/distribution';
import type { FamilyDeclaration } from './family-factory';

/**
 * A declaration that says by name what is wrong with it, at once or where it is used: in JavaScript nothing else does.
 *
 * @throws When it has no whole number for each parameter, or its support is not one.
 */
export function checkedDeclaration<D extends Distribution, K extends string>(
  owner: string,
  declared: FamilyDeclaration<D, K>,
): FamilyDeclaration<D, K> {
  const { parameters, distribution, createVariables, support } = declared;
  if (typeof parameters !== 'function' || typeof distribution !== 'function') {
    throw new Error(`${owner}: a family declares the functions parameters and distribution`);
  }
  const sizes: number[] = Object.values(parameters(2) ?? {});
  if (sizes.length === 0 || !sizes.every(size => Number.isInteger(size) && size >= 0)) {
    throw new Error(`${owner}: parameters(2) must give a whole number for each parameter, got [${sizes}]`);
  }
  if (support !== undefined) checkSupport(owner, support);
  return {
    ...declared,
    distribution: (raw, context) => checkDistribution(owner, distribution(raw, context), context.eventRank),
    ...(createVariables && { createVariables: event => checkVariables(owner, createVariables(event)) }),
  };
}

function checkVariables<V extends Readonly<Record<string, tf.Tensor>>>(owner: string, variables: V): V {
  const wrong = Object.keys(variables).find(path => !(variables[path] instanceof tf.Variable));
  if (wrong === undefined) return variables;
  tf.dispose(variables);
  throw new Error(`${owner}: createVariables gives ${wrong}, but this value must be a tf.Variable`);
}

/** A variable in a distribution would be disposed of with it. */
function checkDistribution<D extends Distribution>(owner: string, given: D, eventRank: number): D {
  if (typeof given?.logProb !== 'function') {
    throw new Error(`${owner}: distribution must return a distribution, got ${given}`);
  }
  const { eventShape } = given;
  if (eventShape && eventShape.length !== eventRank) {
    const wanted = `an event of ${eventRank} ${eventRank === 1 ? 'axis' : 'axes'}`;
    throw new Error(`${owner}: distribution must have ${wanted}, got [${eventShape}]; pass eventRank on`);
  }
  const held = Object.entries(given.params).find(([, t]) => t instanceof tf.Variable);
  if (!held) return given;
  throw new Error(`${owner}: distribution has a variable as its ${held[0]}; give tf.clone of it`);
}
