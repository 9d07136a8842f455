import * as tf from '@tensorflow/tfjs';
import { softClip } from '../ops/soft-clip';
import type { Family, FamilyContext } from './family';

/** What families of negative binomials take. */
export type DispersionOptions = {
  /**
   * r of the variance m + m²/r: `'shared'` learns one for each element of the event (each column), `'perElement'` takes
   * it from the network, a number fixes it. A learned log r is left as it is from −10 to 15 and grows like a logarithm
   * outside, since r is flat towards ∞. Default `'shared'`.
   */
  dispersion?: number | 'shared' | 'perElement';
};

/** One of the ways to log r, and what it adds to the family. */
export type Dispersion = Pick<Family, 'createVariables'> & {
  /** Whether the network gives it. */
  fromNetwork: boolean;
  logDispersion(raw: tf.Tensor | undefined, context: FamilyContext): tf.Tensor;
};

/** @throws When the option is none of the three. */
export function dispersionOf(owner: string, dispersion: DispersionOptions['dispersion'] = 'shared'): Dispersion {
  const bounded = (raw: tf.Tensor) => softClip(raw, -10, 15);
  if (dispersion === 'perElement') return { fromNetwork: true, logDispersion: raw => bounded(raw!) };
  if (dispersion === 'shared') {
    return {
      fromNetwork: false,
      createVariables: event => ({ logDispersion: eventVariable(owner, event) }),
      logDispersion: (_, { variables }) => bounded(variables['logDispersion']!),
    };
  }
  if (typeof dispersion === 'number' && Number.isFinite(dispersion) && dispersion > 0) {
    return { fromNetwork: false, logDispersion: () => tf.scalar(Math.log(dispersion)) };
  }
  throw new Error(
    `${owner}: dispersion must be a positive number, 'shared' or 'perElement', got ${JSON.stringify(dispersion)}`,
  );
}

/** A trainable 0 for each element of the event. */
function eventVariable(owner: string, event: readonly (number | null)[]): tf.Variable {
  if (event.includes(null)) {
    const got = event.map(size => size ?? 'any').join(', ');
    throw new Error(
      `${owner}: dispersion 'shared' is one number for each element, so the event must have known sizes, got [${got}]; take 'perElement' or a number`,
    );
  }
  return tf.tidy(() => tf.variable(tf.zeros(event as number[])));
}
