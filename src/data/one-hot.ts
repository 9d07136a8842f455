import { checkCount } from '../ops/check';
import type { ArrayField } from './array-field';
import { describeGiven } from './describe-given';

/**
 * Class labels as rows with a single 1: `[count]` → `[count, classes]`, float32.
 *
 * @param labels Whole numbers from 0 to `classes − 1`.
 * @param classes Number of classes.
 * @throws When `classes` is not a positive integer or a label is out of range; the error names its index.
 * @example
 * ```ts
 * const condition = toTensor(oneHot(train.labels, 10)); // [60000, 10]
 * ```
 */
export function oneHot(labels: ArrayLike<number>, classes: number): ArrayField {
  checkCount('oneHot', 'classes', classes);
  if (!Number.isSafeInteger(labels?.length)) throw new Error(`oneHot: labels must be an array, got ${gotten(labels)}`);
  const values = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new Error(`oneHot: labels must be whole numbers from 0 to ${classes - 1}, got ${label} at index ${i}`);
    }
    values[i * classes + label] = 1;
  }
  return { values, shape: [labels.length, classes] };
}

function gotten(labels: unknown): string {
  const isObject = typeof labels === 'object' && labels !== null;
  if (isObject && 'dataId' in labels) return 'a tensor; write await labels.data()';
  return isObject && 'values' in labels ? '{ values, shape }; write labels.values' : describeGiven(labels);
}
