import type { AdamAttrs } from './adam-kernel';

/** The numbers of one update: `β₁`, `1 − β₁`, `β₂`, `1 − β₂`, `α / (1 − β₁ᵗ)`, `1 / √(1 − β₂ᵗ)`, `α·λ` and ε. */
export type AdamScalars = Record<
  'beta1' | 'gain1' | 'beta2' | 'gain2' | 'stepSize' | 'scale2' | 'decay' | 'epsilon',
  number
>;

/** Values of one variable: what is read, and where the results go. An output may be its own input. */
export type AdamArrays = Record<'variable' | 'm' | 'v' | 'gradient' | 'variableOut' | 'mOut' | 'vOut', Float32Array>;

/** One Adam update in JavaScript: float64 arithmetic on float32 values. */
export function adamLoop(arrays: AdamArrays, scalars: AdamScalars): void {
  const { variable, m, v, gradient, variableOut, mOut, vOut } = arrays;
  const { beta1, gain1, beta2, gain2, stepSize, scale2, decay, epsilon } = scalars;
  for (let i = 0; i < variable.length; i++) {
    const g = gradient[i]!;
    const first = beta1 * m[i]! + gain1 * g;
    const second = beta2 * v[i]! + gain2 * (g * g);
    const moved = (stepSize * first) / (Math.sqrt(second) * scale2 + epsilon);
    variableOut[i] = variable[i]! - (decay * variable[i]! + moved);
    mOut[i] = first;
    vOut[i] = second;
  }
}

/** The numbers of update `t`. */
export function adamScalars({ beta1, beta2, rate, weightDecay, epsilon }: AdamAttrs, t: number): AdamScalars {
  return {
    beta1,
    gain1: 1 - beta1,
    beta2,
    gain2: 1 - beta2,
    stepSize: rate / (1 - beta1 ** t),
    scale2: 1 / Math.sqrt(1 - beta2 ** t),
    decay: rate * weightDecay,
    epsilon,
  };
}
