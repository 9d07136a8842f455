import * as tf from '@tensorflow/tfjs';
import { softClip } from '../ops/soft-clip';
import type { Family, FamilyContext } from './family';

/** How wide a distribution with a location and a scale is. */
export type ScaleOptions = {
  /** A number, one learned scale (`'shared'`), or one for each element, by the network (`'perElement'`, the default). */
  scale?: number | 'shared' | 'perElement';
  /**
   * The range in which the logarithm of a learned scale is left as it is; outside of it, it grows like a logarithm.
   * Default `[-7, 7]`.
   */
  logScaleRange?: readonly [number, number];
};

/** The way to a scale, and what it adds to a family. */
export type ScaleLink = Pick<Family, 'createVariables'> & {
  /** Whether the network gives a `logScale`. */
  readonly fromNetwork: boolean;
  /** The scale; `logScale` is the raw one of the network, where it gives one. */
  scaleOf(logScale: tf.Tensor | undefined, context: FamilyContext): tf.Tensor;
};

/** @throws When `scale` is not one of the three, or the range is not an ascending pair. */
export function scaleLink(owner: string, options: ScaleOptions): ScaleLink {
  const { scale = 'perElement', logScaleRange = [-7, 7] } = options;
  checkRange(owner, 'logScaleRange', logScaleRange);
  const positive = (logScale: tf.Tensor) => tf.exp(softClip(logScale, ...logScaleRange));
  if (scale === 'perElement') return { fromNetwork: true, scaleOf: logScale => positive(logScale!) };
  if (scale === 'shared') {
    return {
      fromNetwork: false,
      createVariables: () => ({ logScale: tf.tidy(() => tf.variable(tf.scalar(0))) }),
      scaleOf: (_, { variables }) => positive(variables['logScale']!),
    };
  }
  if (typeof scale === 'number' && Number.isFinite(scale) && scale > 0) {
    return { fromNetwork: false, scaleOf: () => tf.scalar(scale) };
  }
  const got = JSON.stringify(scale);
  throw new Error(`${owner}: scale must be a positive number, 'shared' or 'perElement', got ${got}`);
}

/** @throws When a range is not an ascending pair. */
export function checkRange(owner: string, name: string, range: readonly [number, number]): void {
  if (range?.length === 2 && range[0] < range[1]) return;
  throw new Error(`${owner}: ${name} must be [low, high] with low < high, got [${range}]`);
}
