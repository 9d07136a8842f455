import { sizeOfShape } from '../ops/shape';

/** Rows on the host: float32 values laid out as `[count, …event]`. All functions that take data take them. */
export type Rows = {
  /** All rows, one after the other. */
  values: Float32Array;
  /** `[count, …event]`. */
  shape: number[];
};

/** Puts the results of batches into one array. */
export class RowCollector {
  readonly #owner: string;
  readonly #size: number | undefined;
  /** The array for all rows, where their number is known. */
  #whole: Float32Array | undefined;
  /** Otherwise the pieces that have come so far. */
  #parts: Float32Array[] = [];
  #event: readonly number[] | undefined;
  #count = 0;

  /** @param size Number of rows to come, where it is known. */
  constructor(owner: string, size: number | undefined) {
    this.#owner = owner;
    this.#size = size;
  }

  /** Copies the values of a batch, `shape` being `[batch, …event]`. */
  add(values: ArrayLike<number>, shape: readonly number[]): void {
    const [count, ...event] = shape as [number, ...number[]];
    this.#event ??= event;
    if (String(event) !== String(this.#event)) {
      throw new Error(
        `${this.#owner}: a batch gave results of shape [${shape}], those before it were [batch, ${this.#event.join(', ')}]; results of one shape go into one array`,
      );
    }
    const rowSize = sizeOfShape(event);
    if (this.#size === undefined) this.#parts.push(Float32Array.from(values));
    else {
      this.#whole ??= new Float32Array(this.#size * rowSize);
      this.#whole.set(values, this.#count * rowSize);
    }
    this.#count += count;
  }

  /** All rows; nothing can be added after it. */
  rows(): Rows {
    const shape = [this.#count, ...this.#event!];
    return { values: this.#whole ?? this.#joined(), shape };
  }

  #joined(): Float32Array {
    const values = new Float32Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let place = 0;
    for (const part of this.#parts) {
      values.set(part, place);
      place += part.length;
    }
    this.#parts = [];
    return values;
  }
}
