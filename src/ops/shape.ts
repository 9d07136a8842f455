/** Number of values in a tensor of this shape. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Whether an event has a shape in which null stands for any size. */
export function fits(event: readonly number[], shape: readonly (number | null)[]): boolean {
  return event.length === shape.length && shape.every((size, i) => size === null || size === event[i]);
}

/** The shape of a batch of events as an error message shows it. */
export function describeShape(event: readonly (number | null)[]): string {
  return `[batch${event.map(size => `, ${size ?? 'any'}`).join('')}]`;
}
