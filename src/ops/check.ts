/** @throws When a number of things is not a positive integer. */
export function checkCount(owner: string, name: string, value: number): void {
  if (isCount(value)) return;
  throw new Error(`${owner}: ${name} must be a positive integer, got ${value}`);
}

/** @throws When sizes are not an array of positive integers. */
export function checkCounts(owner: string, name: string, values: readonly number[]): void {
  if (Array.isArray(values) && values.every(isCount)) return;
  const got = Array.isArray(values) ? `[${values}]` : JSON.stringify(values);
  throw new Error(`${owner}: ${name} must hold positive integers, got ${got}`);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
