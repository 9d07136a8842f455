import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { sizeOfShape } from '../ops/shape';
import { type Convert, exponentials, gumbels, laplaces, logistics, normals, uniforms } from './converters';
import { hash } from './hash';
import { philox } from './philox';

/** The whole state of an `Rng`: plain numbers, fit for JSON and checkpoints. */
export type RngState = {
  /** Two 32-bit words that say which stream it is. */
  key: [number, number];
  /** How far it has come. */
  counter: number;
};

/** What the methods that draw take. */
export type DrawOptions = {
  /** Draw this many values for each element: the result is `[samples, ...shape]`. */
  samples?: number | undefined;
};

/** Counters with this bit in their last word name streams; without it they are draws. */
const STREAM_BIT = 0x80000000;

/**
 * A keyed, countable source of random numbers: the n-th draw of a stream is a pure function of seed, stream and n.
 *
 * The numbers are made in JavaScript by Philox4x32-10 (Salmon et al. 2011), so they are the same on every backend.
 * Every integer is a seed, 0 included. `fork` names a stream of its own: draws in one never shift another.
 *
 * @example
 * ```ts
 * const rng = new Rng(7);
 * const noise = rng.fork('noise');
 * const epsilon = noise.normal([128, 20]); // a fresh [128, 20] at every call, the same in every run
 * const later = Rng.fromState(JSON.parse(JSON.stringify(noise.state()))); // goes on where noise stands
 * ```
 */
export class Rng {
  #counter = 0;
  readonly #key: readonly [number, number];
  readonly #rows: ArrayLike<number> | undefined;
  /** Copies of each row along the first axis. */
  readonly #copies: number;

  /**
   * @param seed Any safe integer.
   * @throws When `seed` is not a safe integer.
   */
  constructor(seed: number);
  /** @internal */
  constructor(
    seed: number,
    key?: readonly [number, number],
    counter?: number,
    rows?: ArrayLike<number>,
    copies?: number,
  );
  constructor(seed: number, key?: readonly [number, number], counter = 0, rows?: ArrayLike<number>, copies = 1) {
    if (!Number.isSafeInteger(seed)) throw new Error(`Rng: seed must be an integer, got ${seed}`);
    this.#key = key ?? [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
    this.#counter = counter;
    this.#rows = rows;
    this.#copies = copies;
  }

  /** Restores the source whose `state()` this was; it goes on with the next draw. */
  static fromState({ key, counter }: RngState): Rng {
    if (key?.length !== 2 || !key.every(Number.isInteger) || !Number.isSafeInteger(counter) || counter < 0) {
      throw new Error(
        `Rng.fromState: expected { key: [integer, integer], counter }, got ${JSON.stringify({ key, counter })}`,
      );
    }
    return new Rng(0, [key[0] >>> 0, key[1] >>> 0], counter);
  }

  /** Key and counter as plain JSON. */
  state(): RngState {
    return { key: [this.#key[0], this.#key[1]], counter: this.#counter };
  }

  /**
   * An independent stream with a name: the same parent and name give the same stream, whatever has been drawn.
   *
   * @param name A string or a number, such as `'dropout'` or an epoch.
   */
  fork(name: string | number): Rng {
    const words = new Uint32Array(4);
    const [h0, h1, h2] = hash(`${typeof name}:${name}`);
    philox(h0, h1, h2, STREAM_BIT, this.#key[0], this.#key[1], words, 0);
    return new Rng(0, [words[0]!, words[1]!], 0, this.#rows, this.#copies);
  }

  /**
   * The same stream with noise that belongs to examples: where the first axis of a drawn shape is as long as `rows`,
   * row i is a function of `rows[i]`, whatever stands beside it in the batch. Used for evaluation, which then does not
   * depend on the batch size, and for groups of processes, which share a batch.
   *
   * @param rows The index of each example of the batch in its data set.
   */
  forRows(rows: ArrayLike<number>): Rng {
    return new Rng(0, this.#key, this.#counter, rows);
  }

  /**
   * The same stream for a first axis `[samples · batch, …]`, in which networks see several samples of each example:
   * noise that belongs to examples goes on to do so.
   *
   * @internal
   */
  forSamples(samples: number): Rng {
    return this.#rows ? new Rng(0, this.#key, this.#counter, this.#rows, samples) : this;
  }

  /** Standard normal values, `[...shape]` or `[samples, ...shape]`: Box–Muller in float64, rounded to float32. */
  normal(shape: readonly number[], options: DrawOptions = {}): tf.Tensor {
    return this.#tensor(shape, options, normals);
  }

  /** Uniform values in [0, 1), multiples of 2⁻²⁴, `[...shape]` or `[samples, ...shape]`. */
  uniform(shape: readonly number[], options: DrawOptions = {}): tf.Tensor {
    return this.#tensor(shape, options, uniforms);
  }

  /** Exponential values of rate 1, `[...shape]` or `[samples, ...shape]`: positive and finite, in float32 as well. */
  exponential(shape: readonly number[], options: DrawOptions = {}): tf.Tensor {
    return this.#tensor(shape, options, exponentials);
  }

  /**
   * Standard Gumbel values, `[...shape]` or `[samples, ...shape]`: finite, from −3.2 to 22.9.
   *
   * The largest of `logits + gumbel` is a draw from `softmax(logits)`. Made from `uniform` on a device they would be −∞
   * or ∞ once in 2²⁴ draws.
   */
  gumbel(shape: readonly number[], options: DrawOptions = {}): tf.Tensor {
    return this.#tensor(shape, options, gumbels);
  }

  /** Standard logistic values, `log(u / (1 − u))`, `[...shape]` or `[samples, ...shape]`: finite, within ±22.9. */
  logistic(shape: readonly number[], options: DrawOptions = {}): tf.Tensor {
    return this.#tensor(shape, options, logistics);
  }

  /** Laplace values of location 0 and scale 1, `[...shape]` or `[samples, ...shape]`: finite, within ±22.2. */
  laplace(shape: readonly number[], options: DrawOptions = {}): tf.Tensor {
    return this.#tensor(shape, options, laplaces);
  }

  /** `count` uniform values in [0, 1) as a plain array, for work on the host. */
  uniformValues(count: number): Float32Array {
    return uniforms(this.#wordsAt(this.#counter++, count, 0), count);
  }

  /** A seeded permutation of 0 … size − 1 (Fisher–Yates). */
  permutation(size: number): Uint32Array {
    const order = Uint32Array.from({ length: size }, (_, i) => i);
    const words = this.#wordsAt(this.#counter++, size, 0);
    for (let i = size - 1; i > 0; i--) {
      // Multiply-shift: at most size / 2³² of bias.
      const j = Math.floor((words[i]! * (i + 1)) / 2 ** 32);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
    return order;
  }

  /** A seed for tfjs's own initialisers: from 1 to 2³¹ − 1, since tfjs takes 0 for "no seed". */
  seed(): number {
    return this.#wordsAt(this.#counter++, 1, 0)[0]! >>> 1 || 1;
  }

  #tensor(shape: readonly number[], options: DrawOptions, convert: Convert): tf.Tensor {
    checkKeys('Rng', options, ['samples']);
    const { samples } = options;
    const all = (samples ?? 1) * sizeOfShape(shape);
    const full = samples === undefined ? [...shape] : [samples, ...shape];
    const call = this.#counter++;
    const rows = this.#rows;
    if (!rows || shape.length === 0 || shape[0] !== rows.length * this.#copies) {
      return tf.tensor(convert(this.#wordsAt(call, all, 0), all), full, 'float32');
    }
    const copies = (samples ?? 1) * this.#copies;
    const size = all / copies;
    const rowSize = size / rows.length;
    const values = new Float32Array(all);
    for (let r = 0; r < rows.length; r++) {
      const row = convert(this.#wordsAt(call, copies * rowSize, rows[r]! + 1), copies * rowSize);
      for (let s = 0; s < copies; s++) {
        values.set(row.subarray(s * rowSize, (s + 1) * rowSize), s * size + r * rowSize);
      }
    }
    return tf.tensor(values, full, 'float32');
  }

  /** Words of one draw, at least `count`: the counter holds block, row and call. Row 0 stands for no row. */
  #wordsAt(call: number, count: number, row: number): Uint32Array {
    const words = new Uint32Array(Math.ceil(count / 4) * 4);
    const high = Math.floor(call / 2 ** 32) & ~STREAM_BIT;
    for (let i = 0; i < words.length; i += 4)
      philox(i >>> 2, row, call | 0, high, this.#key[0], this.#key[1], words, i);
    return words;
  }
}

/**
 * A fresh seed where none was given: 32 bits from the platform's cryptographic source. Report it.
 */
export function drawSeed(): number {
  return globalThis.crypto.getRandomValues(new Uint32Array(1))[0]!;
}
