import { pickRows } from './array-field';
import { type Batch, batchFields } from './batch';
import { checkFields, type GivenFields } from './check-fields';
import { describeGiven } from './describe-given';
import { disposeElement } from './dispose-element';
import { type ArrayData, isFieldData, isTensor } from './training-data';

/**
 * A stream's element as a batch; its tensors are the batch's own.
 *
 * @throws Where the same as the whole data would be refused; its tensors are disposed of then.
 */
export function toBatch(owner: string, element: ArrayData): Batch {
  try {
    return converted(owner, element);
  } catch (error) {
    disposeElement(element);
    throw error;
  }
}

function converted(owner: string, element: ArrayData): Batch {
  const isObject = typeof element === 'object' && element !== null;
  const given: GivenFields = isObject && isFieldData(element) ? { x: element } : (element as GivenFields);
  if (!isObject || !('x' in given)) {
    throw new Error(`${owner}: a batch must be a tensor, { values, shape } or { x, … }, got ${describeGiven(element)}`);
  }
  const gone = batchFields.find(name => (given[name] as { isDisposed?: boolean } | undefined)?.isDisposed);
  if (gone) {
    throw new Error(
      `${owner}: ${gone} was disposed of after its step, as tensors of a stream are; pass a function that makes the batches anew`,
    );
  }
  checkFields(owner, given);
  const batch: Partial<Batch> = {};
  for (const name of batchFields) {
    const field = given[name];
    if (field) batch[name] = isTensor(field) ? field : pickRows(field, undefined);
  }
  return batch as Batch;
}
