/** From random words of 32 bits to at least as many values of a distribution: in float64, rounded to float32. */
export type Convert = (words: Uint32Array, count: number) => Float32Array;

/** In [0, 1), multiples of 2⁻²⁴. */
export function uniforms(words: Uint32Array, count: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = (words[i]! >>> 8) * 2 ** -24;
  return values;
}

/** Standard normal values by Box–Muller, two from two words. */
export function normals(words: Uint32Array, count: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    // u in (0, 1], so that its logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log((words[i]! + 1) * 2 ** -32));
    const angle = 2 * Math.PI * 2 ** -32 * words[i + 1]!;
    values[i] = radius * Math.cos(angle);
    if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** Exponential values of rate 1. */
export const exponentials = /* @__PURE__ */ byQuantile(u => -Math.log(u));

/** Standard Gumbel values. */
export const gumbels = /* @__PURE__ */ byQuantile(u => -Math.log(-Math.log(u)));

/** Standard logistic values. */
export const logistics = /* @__PURE__ */ byQuantile(u => Math.log(u / (1 - u)));

/** Laplace values of location 0 and scale 1. */
export const laplaces = /* @__PURE__ */ byQuantile(u => (u < 0.5 ? Math.log(2 * u) : -Math.log(2 * (1 - u))));

/** u is never 0 or 1, and symmetric: both it and 1 − u are exact multiples of 2⁻³³, and no less than that. */
function byQuantile(quantile: (u: number) => number): Convert {
  return (words, count) => {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = quantile((words[i]! + 0.5) * 2 ** -32);
    return values;
  };
}
