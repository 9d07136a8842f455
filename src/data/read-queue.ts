/** Reads in flight, handled in the order in which they were started. A few may be open, so no step waits for its own. */
export class ReadQueue {
  readonly #open: Promise<void>[] = [];
  #last: Promise<void> = Promise.resolve();
  readonly #limit: number;

  constructor(limit = 8) {
    this.#limit = limit;
  }

  /**
   * Adds a read; waits only where too many are open.
   *
   * @param release Always called, once `value` has been handled or will not be.
   */
  async push<T>(read: Promise<T>, handle: (value: T) => unknown, release = () => {}): Promise<void> {
    const before = this.#last;
    const handled = read
      .then(async value => {
        await before;
        await handle(value);
      })
      .finally(release);
    // A failure is thrown where the queue is awaited; until then it must not count as unhandled.
    handled.catch(() => {});
    this.#last = handled;
    this.#open.push(handled);
    while (this.#open.length > this.#limit) await this.#open.shift();
  }

  async drain(): Promise<void> {
    while (this.#open.length > 0) await this.#open.shift();
  }

  /** Waits until nothing is open; does not throw when a read failed. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#open.splice(0));
  }
}
