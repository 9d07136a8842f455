/** What was given, for an error; and what to write instead, where that is known. */
export function describeGiven(value: unknown): string {
  if (typeof value === 'string') return `the string '${value.slice(0, 40)}'`;
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object') return `the ${typeof value} ${String(value)}`;
  if ('then' in value) return 'a promise; await it first';
  if ('dataId' in value) return 'a tensor';
  if (ArrayBuffer.isView(value)) {
    return `a ${value.constructor.name} without a shape; write { values, shape: [count, …event] }`;
  }
  if (value instanceof ArrayBuffer) {
    return 'an ArrayBuffer; write { values: new Float32Array(buffer), shape: [count, …event] }';
  }
  if (Array.isArray(value)) {
    const [first] = value.flat(Number.POSITIVE_INFINITY);
    return typeof first === 'number' ? 'an array of numbers; write tf.tensor(…) of it' : 'an array';
  }
  if (isDataset(value)) return 'a tf.data.Dataset';
  if ('kind' in value && value.kind === 'rowReader') return 'a RowReader';
  if (Symbol.asyncIterator in value || Symbol.iterator in value) return 'an iterable';
  return `an object with the keys ${Object.keys(value).join(', ') || '(none)'}`;
}

/** Whether this is a `tf.data.Dataset`. */
export function isDataset(value: object): boolean {
  return 'iterator' in value && typeof value.iterator === 'function';
}
