import * as tf from '@tensorflow/tfjs';
import type { TrainerCallback } from '../../src/training/callbacks';

/** After some steps: the median time of them, and memory once the garbage collector has run. */
export type Sample = {
  step: number;
  msPerStep: number;
  tensors: number;
  tensorKiB: number;
  heapMiB: number;
  rssMiB: number;
};

/** Looks at memory after every window, when all numbers have come back, and at the time between steps. */
export class Sampler {
  readonly samples: Sample[] = [];
  readonly #window: number;
  readonly #collect: () => void;
  #times: number[] = [];
  #last: number | undefined;

  /**
   * @param window Steps from one look to the next.
   * @param collect Runs the garbage collector.
   */
  constructor(window: number, collect: () => void) {
    this.#window = window;
    this.#collect = collect;
  }

  callback(stepsNow: () => number): TrainerCallback {
    return {
      onEpochBegin: () => {
        this.#last = undefined; // evaluations and checkpoints are no steps
      },
      onStep: () => {
        const now = performance.now();
        if (this.#last !== undefined) this.#times.push(now - this.#last);
        this.#last = now;
      },
      wantsIdle: when => when === 'step' && stepsNow() % this.#window === 0,
      onIdle: () => {
        this.#collect();
        const { heapUsed, rss } = process.memoryUsage();
        const { numTensors, numBytes } = tf.memory();
        this.samples.push({
          step: stepsNow(),
          msPerStep: rounded(median(this.#times)),
          tensors: numTensors,
          tensorKiB: rounded(numBytes / 2 ** 10),
          heapMiB: rounded(heapUsed / 2 ** 20),
          rssMiB: rounded(rss / 2 ** 20),
        });
        this.#times = [];
        this.#last = undefined;
      },
    };
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
