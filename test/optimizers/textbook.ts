import * as tf from '@tensorflow/tfjs';
import type { AdamWOptions } from '../../src/optimizers/adam-w';
import type { Optimizer } from '../../src/optimizers/optimizer';
import { Rng } from '../../src/random/rng';

/** Odd, so that a kernel of four values at a time has some left over. */
export const SIZE = 11;

type Options = Required<Omit<AdamWOptions, 'decay'>>;

/** Algorithm 1 of Kingma & Ba, with the decoupled decay of Loshchilov & Hutter, in float64. */
export class Textbook {
  private readonly m = new Float64Array(SIZE);
  private readonly v = new Float64Array(SIZE);
  private t = 0;

  constructor(
    readonly theta: number[],
    private readonly options: Options,
  ) {}

  step(g: readonly number[], step: number): void {
    const { learningRate, beta1, beta2, epsilon, weightDecay } = this.options;
    const alpha = typeof learningRate === 'number' ? learningRate : learningRate(step);
    this.t++;
    for (let i = 0; i < SIZE; i++) {
      this.m[i] = beta1 * this.m[i]! + (1 - beta1) * g[i]!;
      this.v[i] = beta2 * this.v[i]! + (1 - beta2) * g[i]! ** 2;
      const mHat = this.m[i]! / (1 - beta1 ** this.t);
      const vHat = this.v[i]! / (1 - beta2 ** this.t);
      this.theta[i]! -= alpha * (mHat / (Math.sqrt(vHat) + epsilon) + weightDecay * this.theta[i]!);
    }
  }
}

/** Gradients of very different sizes; the first is always 0. */
export function gradients(step: number): number[] {
  const noise = tf.tidy(() => new Rng(3).fork(step).normal([SIZE]).dataSync());
  return Array.from(noise).map((v, i) => (i === 0 ? 0 : Math.fround(v * 10 ** (i - 5) + 2 * 10 ** (i - 5))));
}

/** One update of one variable. */
export function apply(
  optimizer: Optimizer,
  variable: tf.Variable,
  gradient: readonly number[],
  step: number,
  { finite = 1, path = 'w' } = {},
): void {
  tf.tidy(() => {
    optimizer.apply([{ path, variable, gradient: tf.tensor1d([...gradient]) }], { step, finite: tf.scalar(finite) });
  });
}

/** A variable of `SIZE` values that leaves no other tensor. */
export function variableOf(start: readonly number[]): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor1d([...start])));
}
