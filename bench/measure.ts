import * as tf from '@tensorflow/tfjs';

/** Something to time: `run` returns when its numbers are there. */
export type Contender = { name: string; before?: () => Promise<void>; run: () => Promise<void> };

/** Milliseconds by contender, one for each round. */
export type Times = Map<string, number[]>;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Milliseconds of each contender in each round. All take their turn in every round, so a machine that slows down slows
 * all of them; one round to warm up is not counted.
 */
export async function interleaved(contenders: readonly Contender[], rounds: number): Promise<Times> {
  const times: Times = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const { name, before, run } of contenders) {
      await before?.();
      const start = performance.now();
      await run();
      if (round >= 0) times.get(name)!.push(performance.now() - start);
    }
  }
  return times;
}

/** Median over the rounds of time(a) / time(b) in one round. */
export function ratio(times: Times, a: string, b: string): number {
  return median(times.get(a)!.map((time, round) => time / times.get(b)![round]!));
}

/** The median of each contender, divided by how often it did its work in one round. */
export function medians(times: Times, repeats: number): Record<string, number> {
  return Object.fromEntries([...times].map(([name, all]) => [name, median(all) / repeats]));
}

/** Waits until the device has done what it was given: a GPU works through its queue in order. */
export async function settled(): Promise<void> {
  // Large enough for tfjs's webgl backend not to calculate it on the host.
  const probe = tf.tidy(() => tf.add(tf.zeros([1024]), 1));
  await probe.data();
  probe.dispose();
}
