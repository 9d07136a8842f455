import { relaxedBytes } from './relaxed-bytes';
import { instantiate } from './simd-kernels';

/** `x² + y` is 2⁻²⁴ where it is rounded once; rounded twice it is 0. */
const [x, y] = [1 + 2 ** -12, -(1 + 2 ** -11)];

/**
 * Our kernels with relaxed SIMD's multiply-add, in base64.
 *
 * @returns undefined where the engine lacks it, or the processor would round as without it.
 */
export function fusingCode(): string | undefined {
  const simd = instantiate(relaxedBytes, new WebAssembly.Memory({ initial: 0 }));
  return simd && simd.squareAdd(x, y) !== 0 ? relaxedBytes : undefined;
}
