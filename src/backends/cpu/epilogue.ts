import * as tf from '@tensorflow/tfjs';
import type { CpuBackend } from './cpu-kernel';

export type Epilogue = { activation?: string | undefined; leakyreluAlpha?: number | undefined };

const kernels: Readonly<Record<string, string>> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  prelu: 'Prelu',
  leakyrelu: 'LeakyRelu',
};

/** Whether `withEpilogue` knows the activation. */
export function knowsActivation(activation: string | undefined): boolean {
  return !activation || activation === 'linear' || activation in kernels;
}

/** Adds the bias and applies the activation, as tfjs's fused kernels do: by the kernels that are registered now. */
export function withEpilogue(
  backend: CpuBackend,
  x: tf.TensorInfo,
  inputs: Record<string, tf.TensorInfo | undefined>,
  { activation, leakyreluAlpha }: Epilogue,
): tf.TensorInfo {
  const run = (kernel: string, named: tf.NamedTensorInfoMap, attrs: tf.NamedAttrMap = {}) => {
    const result = tf.getKernel(kernel, 'cpu').kernelFunc({ inputs: named, backend, attrs }) as tf.TensorInfo;
    backend.disposeIntermediateTensorInfo(x);
    return result;
  };
  const { bias, preluActivationWeights: alpha } = inputs;
  if (bias) x = run('Add', { a: x, b: bias });
  const kernel = activation && kernels[activation];
  if (!kernel) return x;
  if (activation === 'prelu') return run(kernel, { x, alpha: alpha! });
  return run(kernel, { x }, activation === 'leakyrelu' ? { alpha: leakyreluAlpha! } : {});
}
