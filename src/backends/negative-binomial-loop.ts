import type * as tf from '@tensorflow/tfjs';
import { REMAINDER, SLOPE } from '../ops/stirling';

/** Values of the tensors: the last axes of the longest, so that a shorter one begins again where it ends. */
export type CountArrays = Record<'logMean' | 'logDispersion' | 'x', Float32Array>;

/** The tensor of most axes, whose shape is that of the result. */
export function longest({ logMean, logDispersion, x }: Record<keyof CountArrays, tf.TensorInfo>): tf.TensorInfo {
  return [logMean, logDispersion, x].reduce((a, b) => (b.shape.length > a.shape.length ? b : a));
}

/** As in ../distributions/negative-binomial-terms.ts: the range of both logarithms. */
const WIDEST = 40;

/** `log p(x)` of each element, and its derivatives by both logarithms. */
export type MassArrays = Record<'value' | 'byMean' | 'byDispersion', Float32Array>;

/**
 * `log p(x)` of a negative binomial and its derivatives, in one loop of float64 arithmetic.
 *
 * With n = x + r, w = r + m, v = (x − m)/w it is
 * `n·log(n/w) − ½·log(n/r) + x·log m − x − log x! + s(n) − s(r)`, the textbook form with the differences of lgammas worked
 * out, and the derivatives are `r·v` and `r·[log(n/w) − v + e(r) − e(n)] + x/(2n)`. In float64, what cancels leaves digits
 * to spare.
 */
export function massLoop(
  { logMean, logDispersion, x }: CountArrays,
  { value, byMean, byDispersion }: MassArrays,
): void {
  const sizes = Float64Array.from(logDispersion, l => Math.exp(bounded(l)));
  const remainders = sizes.map(remainder);
  const slopes = sizes.map(slope);
  let [a, b, c] = [0, 0, 0];
  for (let i = 0; i < value.length; i++) {
    const r = sizes[b]!;
    const count = x[c]!;
    const logM = bounded(logMean[a]!);
    const m = Math.exp(logM);
    const perW = 1 / (r + m);
    const v = (count - m) * perW;
    byMean[i] = r * v;
    if (count === 0) {
      const ratio = logRatio(v, r * perW, r);
      value[i] = r * ratio;
      byDispersion[i] = r * (ratio - v);
    } else {
      const n = count + r;
      const ratio = logRatio(v, n * perW, r);
      const order = remainder(n) - remainders[b]! - 0.5 * Math.log(n / r) - logFactorial(count);
      value[i] = n * ratio + count * (logM - 1) + order;
      byDispersion[i] = r * (ratio - v + slopes[b]! - slope(n)) + (0.5 * count) / n;
    }
    if (++a === logMean.length) a = 0;
    if (++b === sizes.length) b = 0;
    if (++c === x.length) c = 0;
  }
}

/** Derivatives times `dy`, summed where the tensor to which they belong begins again. */
export function sumLoop(dy: Float32Array, derivatives: Float32Array, out: Float32Array): void {
  if (out.length === dy.length) {
    for (let i = 0; i < dy.length; i++) out[i] = dy[i]! * derivatives[i]!;
    return;
  }
  const sums = new Float64Array(out.length);
  for (let i = 0, j = 0; i < dy.length; i++) {
    sums[j]! += dy[i]! * derivatives[i]!;
    if (++j === sums.length) j = 0;
  }
  out.set(sums);
}

const bounded = (l: number) => Math.min(Math.max(l, -WIDEST), WIDEST);

/** From this r on, what `log(n/w)` rounds to shows when it is multiplied by n; below, it is faster than log1p. */
const LARGE = 1e6;

/** `log(n/w)` from both v and n/w. */
function logRatio(v: number, ratio: number, r: number): number {
  return r > LARGE && v > -0.5 && v < 1 ? Math.log1p(v) : Math.log(ratio);
}

const FACTORIALS = 256;
const logFactorials = /* @__PURE__ */ makeLogFactorials();

function makeLogFactorials(): Float64Array {
  const logs = new Float64Array(FACTORIALS);
  for (let k = 2; k < FACTORIALS; k++) logs[k] = logs[k - 1]! + Math.log(k);
  return logs;
}

/** `log k!` */
function logFactorial(k: number): number {
  if (k < FACTORIALS) return logFactorials[k]!;
  return (k + 0.5) * Math.log(k) - k + 0.5 * Math.log(2 * Math.PI) + remainder(k);
}

const [s0, s1, s2, s3, s4, s5, s6] = REMAINDER as [number, number, number, number, number, number, number];
const [e0, e1, e2, e3, e4, e5, e6, e7] = SLOPE as [number, number, number, number, number, number, number, number];

/** Stirling's remainder, as in ../ops/stirling.ts. */
function remainder(z: number): number {
  const t = 1 / (z < 1 ? z + 1 : z);
  const value = (t / 12) * (s0 + t * (s1 + t * (s2 + t * (s3 + t * (s4 + t * (s5 + t * s6))))));
  return z < 1 ? value + (z + 0.5) * Math.log1p(1 / z) - 1 : value;
}

/** `log z − 1/(2z) − ψ(z)`, likewise. */
function slope(z: number): number {
  const t = 1 / (z < 1 ? z + 1 : z);
  const value = ((t * t) / 12) * (e0 + t * (e1 + t * (e2 + t * (e3 + t * (e4 + t * (e5 + t * (e6 + t * e7)))))));
  return z < 1 ? value + 0.5 * (1 / z + t) - Math.log1p(1 / z) : value;
}
