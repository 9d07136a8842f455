import { type LogProb64, logProbOfElements, logProbOfExamples } from './twins';

const sigmoid = (u: number) => 1 / (1 + Math.exp(-u));

/** The mass of a level in float64; 0 ≤ x ≤ 1. */
export function levelMass64(x: number, mean: number, logScale: number, levels: number): number {
  const [last, inverse] = [levels - 1, Math.exp(-logScale)];
  const index = Math.round(x * last);
  const at = (edge: number) => ((2 * index + edge) / last - 1 - mean) * inverse;
  // From the side on which both are small, since 1 − (1 − tiny) has no digits.
  const [upper, lower] = at(1) + at(-1) > 0 ? [-at(-1), -at(1)] : [at(1), at(-1)];
  if (index === 0) return sigmoid(at(1));
  return index === last ? sigmoid(-at(-1)) : sigmoid(upper) - sigmoid(lower);
}

export const levels64 = (levels: number): LogProb64 =>
  logProbOfElements((x, { mean, logScale }) => Math.log(levelMass64(x, mean!, logScale!, levels)));

const softmax = (logits: readonly number[]) => {
  const weights = logits.map(Math.exp);
  const total = weights.reduce((a, b) => a + b);
  return weights.map(w => w / total);
};

/** Mixtures over consecutive places, each of one channel, or of three coupled ones. */
export function mixture64(levels: number, components: number, channels: 1 | 3): LogProb64 {
  return logProbOfExamples((x, { logits, mean, logScale, coefficients }) => {
    let total = 0;
    for (let place = 0; place < x.length / channels; place++) {
      const weights = softmax(logits!.slice(place * components, (place + 1) * components));
      const values = x.slice(place * channels, (place + 1) * channels);
      const [red, green] = values.map(v => 2 * v - 1) as [number, number];
      const masses = weights.map((weight, k) => {
        const at = (list: readonly number[], c: number) => list[(place * channels + c) * components + k]!;
        const slope = (c: number) => Math.tanh(at(coefficients!, c));
        const shift = (c: number) => [0, slope(0) * red, slope(1) * red + slope(2) * green][c]!;
        return values.reduce((product, v, c) => {
          const centre = at(mean!, c) + (c > 0 ? shift(c) : 0);
          return product * levelMass64(v, centre, at(logScale!, c), levels);
        }, weight);
      });
      total += Math.log(masses.reduce((a, b) => a + b));
    }
    return total;
  });
}
