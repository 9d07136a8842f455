/**
 * Lets the page, timers and signals have their turn.
 *
 * Awaiting a tensor runs microtasks alone, on which no timer fires and no frame is drawn; so a macrotask is yielded
 * whenever the budget is used up.
 */
export class Pacer {
  #since = performance.now();
  readonly #budget: number;

  /** @param budget Milliseconds of work between two turns. */
  constructor(budget = 12) {
    this.#budget = budget;
  }

  async turn(): Promise<void> {
    if (performance.now() - this.#since < this.#budget) return;
    await macrotask();
    this.#since = performance.now();
  }
}

function macrotask(): Promise<void> {
  if (typeof setImmediate === 'function') return new Promise(resolve => setImmediate(resolve));
  // Nested timers are clamped to 4 ms in browsers; messages are not.
  return new Promise(resolve => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
