import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { fillMissing } from '../ops/fill-missing';
import type { LogProbOptions } from './distribution';

/** Sum over the last `eventRank` axes: from elements to one number per example. */
export function sumEvent(elements: tf.Tensor, eventRank: number): tf.Tensor {
  return eventRank ? tf.sum(elements, [...elements.shape.keys()].slice(-eventRank)) : elements;
}

/**
 * The masked log-probability of each example. A value under a 0 of the mask is replaced before it is looked at, and
 * its element left out: a NaN there reaches neither the value nor the gradient, nor, up to four axes, does a
 * log-probability of −∞.
 */
export function maskedLogProb(
  x: tf.Tensor,
  options: LogProbOptions,
  eventRank: number,
  elements: (x: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  checkKeys('logProb', options, ['mask']);
  const { mask } = options;
  return tf.tidy(() => {
    const logProb = elements(mask ? fillMissing(x, mask, eventRank) : x);
    if (!mask) return sumEvent(logProb, eventRank);
    // −∞ · 0 is NaN; of five axes, which the GPUs cannot choose from, only infinite parameters would give it.
    return sumEvent(tf.mul(logProb.rank < 5 ? fillMissing(logProb, mask, eventRank) : logProb, mask), eventRank);
  });
}

/** The number of event axes: all but the first, unless given. */
export function resolveEventRank(owner: string, rank: number, eventRank: number | undefined): number {
  const resolved = eventRank ?? rank - 1;
  if (!Number.isInteger(resolved) || resolved < 0 || resolved > rank) {
    throw new Error(
      rank === 0
        ? `${owner}: parameters must be [batch, …event], got a scalar`
        : `${owner}: eventRank must be an integer from 0 to the rank of the parameters (${rank}), got ${eventRank}`,
    );
  }
  return resolved;
}

/** @throws When a parameter is not a tensor, or was disposed of. */
export function checkTensors(owner: string, parameters: Readonly<Record<string, tf.Tensor>>): void {
  for (const [name, t] of Object.entries(parameters)) {
    if (t?.isDisposed === false) continue;
    throw new Error(`${owner}: ${name} must be a tensor, got ${t?.isDisposed ? 'one that was disposed of' : t}`);
  }
}

/** A scalar, or the very shape of the leading parameter: anything else is a mistake more often than a broadcast. */
export function checkParameter(owner: string, name: string, t: tf.Tensor, leader: string, shape: number[]): void {
  if (t.rank > 0 && !tf.util.arraysEqual(t.shape, shape)) {
    throw new Error(`${owner}: ${name} must have the shape of ${leader}, [${shape}], or be a scalar, got [${t.shape}]`);
  }
}

/**
 * The event of a value must be that of the parameters; the axes before it may differ by a sample axis.
 *
 * @param what Named in the error, such as `Normal.logProb: x`.
 */
export function checkValue(what: string, x: tf.Tensor, shape: number[], eventRank: number): void {
  const more = shape.length - x.rank;
  // The event is the same; what comes before it may be 1 or absent.
  const axesFit = x.shape.every((size, i) => {
    const other = shape[i + more] ?? 1;
    return size === other || (i < x.rank - eventRank && (size === 1 || other === 1));
  });
  if (!axesFit || more < -1 || more > (x.rank > eventRank ? 1 : 0)) {
    throw new Error(`${what} must fit [${shape}] or [samples,${shape}], got [${x.shape}]`);
  }
}

/**
 * The shape that is left without the last axis, that of the classes.
 *
 * @throws When logits have no such axis.
 */
export function checkClasses(owner: string, logits: tf.Tensor): number[] {
  if (logits?.rank >= 2) return logits.shape.slice(0, -1);
  const got = logits instanceof tf.Tensor ? `[${logits.shape}]` : logits;
  throw new Error(`${owner}: logits must be a tensor [batch, …, classes], got ${got}`);
}
