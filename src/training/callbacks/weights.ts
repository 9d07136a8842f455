import * as tf from '@tensorflow/tfjs';
import type { Variables } from '../../models/model';

/**
 * The values of variables at this moment, as variables of their own. They share memory until one of the
 * two changes, so nothing is copied here.
 */
export function held(values: tf.NamedTensorMap): Variables {
  return Object.fromEntries(Object.entries(values).map(([path, value]) => [path, tf.variable(value, false)]));
}

/** Gives variables the values that are held for their paths; others stay as they are. */
export function putInto(variables: Variables, values: Variables): void {
  for (const [path, variable] of Object.entries(variables)) {
    const value = Object.hasOwn(values, path) ? values[path] : undefined;
    if (value) variable.assign(value);
  }
}

/** @throws When saved values do not fit the variables of their paths. */
export function checkFits(owner: string, variables: Variables, values: tf.NamedTensorMap): void {
  for (const [path, value] of Object.entries(values)) {
    const variable = Object.hasOwn(variables, path) ? variables[path] : undefined;
    if (!variable) throw new Error(`${owner}: the saved state holds '${path}', which the model does not have`);
    if (value.shape.join() !== variable.shape.join() || value.dtype !== variable.dtype) {
      throw new Error(
        `${owner}: the saved '${path}' is ${value.dtype} [${value.shape}], but that of the model is ${variable.dtype} [${variable.shape}]`,
      );
    }
  }
}
