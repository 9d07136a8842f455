/** @throws When a number of things is not a positive integer. */
export function checkCount(owner: string, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`${owner}: ${name} must be a positive integer, got ${value}`);
  }
}
