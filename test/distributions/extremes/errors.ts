import * as tf from '@tensorflow/tfjs';
import { values } from '../../support/expect-values';
import type { ExtremeRow } from './row';

/** The largest error over a grid, and where it is. */
export type Worst = { error: number; at: string };

/** The largest errors of the value and of each gradient, by `max(1, |expected|, scale)`; NaN is infinitely wrong. */
export async function errorsOf({ golden, logProb }: ExtremeRow): Promise<Record<string, Worst>> {
  const names = Object.keys(golden.params);
  const given: Record<string, readonly (number | string)[]> = { ...golden.params, x: golden.x };
  const tensors = [...names, 'x'].map(name => tf.tensor1d(given[name]!.map(Number), 'float32'));
  const f = (...t: tf.Tensor[]) => logProb(t.at(-1)!, Object.fromEntries(names.map((name, i) => [name, t[i]!])));
  const worstOf = (actual: number[], expected: readonly (number | string)[]): Worst => {
    let worst: Worst = { error: 0, at: 'nowhere' };
    if (actual.length !== expected.length) throw new Error(`${actual.length} values for ${expected.length}`);
    for (const [i, text] of expected.entries()) {
      const [value, target] = [actual[i]!, Number(text)];
      if (value === target) continue;
      const size = Math.max(1, Math.abs(target), Number(golden.scale?.[i] ?? 0));
      const off = Math.abs(value - target) / size;
      const error = Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
      const point = [...names, 'x'].map(name => `${name} ${given[name]![i]}`).join(', ');
      if (error > worst.error) worst = { error, at: `${point}: got ${value}, expected ${target}` };
    }
    return worst;
  };
  const found: Record<string, Worst> = {
    value: worstOf(await values(tf.tidy(() => f(...tensors))), golden.logProb),
  };
  if (golden.gradients) {
    // Counts have no gradient by x.
    const by = golden.gradients['x'] ? tensors : tensors.slice(0, -1);
    const gradients = tf.tidy(() => tf.grads((...t: tf.Tensor[]) => tf.sum(f(...t, ...tensors.slice(t.length))))(by));
    for (const [i, name] of [...names, 'x'].slice(0, by.length).entries()) {
      const actual = await values(gradients[i]!);
      const expected = golden.gradients[name];
      if (expected) found[name] = worstOf(actual, expected);
    }
  }
  tf.dispose(tensors);
  return found;
}
