import { isTensor } from './training-data';

/**
 * Disposes of the tensors of a stream's element that no step has seen: those in arrays and plain objects, and not
 * models or whatever else may have got into it.
 */
export function disposeElement(element: unknown): void {
  if (typeof element !== 'object' || element === null) return;
  if (isTensor(element)) element.dispose();
  else if (Array.isArray(element) || Object.getPrototypeOf(element) === Object.prototype) {
    for (const part of Object.values(element)) disposeElement(part);
  }
}
