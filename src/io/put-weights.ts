import { FileFormatError } from '../data/file-format-error';
import type { Variables } from '../models/model';
import type { TensorRecord } from './dtypes';
import { fromRecords } from './tensor-records';

/**
 * Gives variables the values of a file; all are looked at before any is changed.
 *
 * @throws FileFormatError When names, shapes or dtypes differ.
 */
export function putWeights(owner: string, variables: Variables, records: ReadonlyMap<string, TensorRecord>): void {
  const missing = Object.keys(variables).filter(path => !records.has(path));
  const unknown = [...records.keys()].filter(path => !Object.hasOwn(variables, path));
  if (missing.length > 0 || unknown.length > 0) {
    const lacks = missing.length > 0 ? [`it lacks ${some(missing)}`] : [];
    const extra = unknown.length > 0 ? [`the model has no ${some(unknown)}`] : [];
    throw new FileFormatError(
      `${owner}: the weights are of another model: ${[...lacks, ...extra].join(', ')}; build the model as it was`,
    );
  }
  for (const [path, { shape, dtype }] of records) {
    const variable = variables[path]!;
    if (String(shape) === String(variable.shape) && dtype === variable.dtype) continue;
    throw new FileFormatError(
      `${owner}: ${path} is ${variable.dtype} [${variable.shape}] in the model, but ${dtype} [${shape}] in the file; build the model as it was`,
    );
  }
  for (const [path, record] of records) {
    const { value } = fromRecords({ value: record });
    variables[path]!.assign(value!);
    value!.dispose();
  }
}

/** The first names of a list that may be long. */
export function some(paths: readonly string[]): string {
  return paths.slice(0, 3).join(', ') + (paths.length > 3 ? ` and ${paths.length - 3} more` : '');
}
