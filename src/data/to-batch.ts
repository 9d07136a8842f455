import { checkField } from './array-field';
import { type Batch, batchFields } from './batch';
import { type ArrayData, checkNames, isFieldData, isTensor, pickRows } from './source';

/** A stream's element as a batch; its tensors are the batch's own. */
export function toBatch(owner: string, element: ArrayData): Batch {
  const isObject = typeof element === 'object' && element !== null;
  const given = isObject && isFieldData(element) ? { x: element } : element;
  if (!isObject || !('x' in given)) {
    throw new Error(`${owner}: a batch must be a tensor, { values, shape } or { x, … }`);
  }
  checkNames(owner, given);
  const batch: Partial<Batch> = {};
  for (const name of batchFields) {
    const field = given[name];
    if (!field) continue;
    if (isTensor(field)) {
      if (field.isDisposed) {
        throw new Error(
          `${owner}: ${name} was disposed of after its step, as tensors of a stream are; pass a function that makes the batches anew`,
        );
      }
      batch[name] = field;
    } else {
      checkField(`${owner}: ${name}`, field);
      batch[name] = pickRows(field, undefined);
    }
  }
  return batch as Batch;
}
