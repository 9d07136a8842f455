import * as tf from '@tensorflow/tfjs';
import { FileFormatError } from '../data/file-format-error';
import { firstPaths, misfitOf, putValues } from '../variables/put-values';
import type { Variables } from '../variables/variables';
import type { TensorRecord } from './dtypes';
import { fromRecords } from './tensor-records';

/**
 * Gives variables the values of a file; all are looked at before any is changed.
 *
 * @throws FileFormatError When names, shapes or dtypes differ.
 */
export function putWeights(owner: string, variables: Variables, records: ReadonlyMap<string, TensorRecord>): void {
  const { missing, unknown, other } = misfitOf(variables, records, ['in the model', 'in the file']);
  if (missing.length > 0 || unknown.length > 0) {
    const lacks = missing.length > 0 ? [`it lacks ${firstPaths(missing)}`] : [];
    const extra = unknown.length > 0 ? [`the model has no ${firstPaths(unknown)}`] : [];
    throw new FileFormatError(
      `${owner}: the weights are of another model: ${[...lacks, ...extra].join(', ')}; build the model as it was`,
    );
  }
  if (other) throw new FileFormatError(`${owner}: ${other}; build the model as it was`);
  // One after the other: the values of a file may be as large as the model.
  for (const [path, record] of records) {
    const values = fromRecords({ [path]: record });
    putValues(variables, new Map(Object.entries(values)));
    tf.dispose(values);
  }
}
