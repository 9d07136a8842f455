/**
 * Keeps the last few groups that were asked for, and never more than so many at a time: room is made before others are
 * loaded.
 */
export class GroupCache<T> {
  /** The oldest first. */
  readonly #groups = new Map<number, T>();
  readonly #capacity: number;
  readonly #load: (group: number, signal: AbortSignal | undefined) => Promise<T>;

  constructor(capacity: number, load: (group: number, signal: AbortSignal | undefined) => Promise<T>) {
    this.#capacity = capacity;
    this.#load = load;
  }

  /** Hands each of these groups to `use` once, those that are here first. One call at a time. */
  async forEach(
    groups: Iterable<number>,
    use: (group: number, content: T) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const missing: number[] = [];
    for (const group of groups) {
      const content = this.#groups.get(group);
      if (content === undefined) {
        missing.push(group);
        continue;
      }
      this.#groups.delete(group);
      this.#groups.set(group, content);
      use(group, content);
    }
    for (let first = 0; first < missing.length; first += this.#capacity) {
      const part = missing.slice(first, first + this.#capacity);
      this.#makeRoom(part.length);
      // All at once, since a server may be far; nothing is left under way when one fails.
      const loaded = await Promise.allSettled(part.map(group => this.#load(group, signal)));
      for (const [i, result] of loaded.entries()) {
        if (result.status === 'fulfilled') this.#groups.set(part[i]!, result.value);
      }
      for (const [i, result] of loaded.entries()) {
        if (result.status === 'rejected') throw result.reason;
        use(part[i]!, result.value);
      }
    }
  }

  clear(): void {
    this.#groups.clear();
  }

  #makeRoom(count: number): void {
    for (const group of this.#groups.keys()) {
      if (this.#groups.size + count <= this.#capacity) return;
      this.#groups.delete(group);
    }
  }
}
