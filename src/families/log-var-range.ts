/** @throws When the range of a log-variance is not an ascending pair. */
export function checkLogVarRange(owner: string, range: readonly [number, number]): void {
  if (range[0] < range[1]) return;
  throw new Error(`${owner}: logVarRange must be [low, high] with low < high, got [${range}]`);
}
