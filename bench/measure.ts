/** Something to time: `run` does `steps` training steps and returns when their numbers are there. */
export type Contender = { name: string; before?: () => Promise<void>; run: () => Promise<void> };

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Milliseconds of each contender in each round. All take their turn in every round, so a machine that slows down slows
 * all of them; one round to warm up is not counted.
 */
export async function interleaved(contenders: readonly Contender[], rounds: number): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
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
export function ratio(times: Map<string, number[]>, a: string, b: string): number {
  return median(times.get(a)!.map((time, round) => time / times.get(b)![round]!));
}
