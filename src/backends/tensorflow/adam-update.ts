import type * as tf from '@tensorflow/tfjs';
import { type AdamAttrs, type AdamInputs, adamKernel } from '../adam-kernel';
import { adamScalars } from '../adam-loop';
import type { KernelPatch } from '../kernel-patch';
import { Resource } from './resource';
import { floatType, number, type TensorflowBackend } from './tensorflow-backend';

/**
 * TensorFlow's own Adam, which goes over memory once and on all cores.
 *
 * Its `α·m / (√v + ε)` lacks the bias correction of v within the root: α and ε are scaled by `√(1 − β₂ᵗ)` instead. Its
 * `m + (1 − β)·(g − m)` loses a g that is small beside m where β is small: there the averages are made beforehand.
 */
export const adamUpdate: KernelPatch = {
  kernel: adamKernel,
  mode: 'add',
  reason: "Adam by TensorFlow's own kernel; as single operations it goes over memory a dozen times",
  make: () => {
    const resources = new WeakMap<TensorflowBackend, Resource[]>();
    return call => {
      const backend = call.backend as unknown as TensorflowBackend;
      let known = resources.get(backend);
      if (!known) {
        known = ['variable', 'm', 'v'].map(name => new Resource(backend, name));
        resources.set(backend, known);
      }
      return update(backend, known, call.inputs as unknown as AdamInputs, call.attrs as unknown as AdamAttrs);
    };
  },
};

/** From this β on, what is lost is within the rounding of β·m. */
const SMALL = 0.5;

function update(backend: TensorflowBackend, resources: Resource[], inputs: AdamInputs, attrs: AdamAttrs) {
  const { binding } = backend;
  const t = backend.readSync(inputs.count.dataId)[0]!;
  const { beta1, beta2, stepSize, scale2, decay, epsilon } = adamScalars(attrs, t);
  const [early1, early2] = [beta1 < SMALL, beta2 < SMALL];
  // With β = 1 the average stays as it is.
  const numbers = [0, stepSize / scale2, early1 ? 1 : beta1, early2 ? 1 : beta2, epsilon / scale2].map(x =>
    number(backend, x),
  ) as [number, number, number, number, number];
  const [zero, rate, ...rest] = numbers;
  const [gradient] = backend.getInputTensorIds([inputs.gradient]) as [number];
  const lent: tf.TensorInfo[] = [inputs.variable, inputs.m, inputs.v];
  let results: tf.TensorInfo[] = [];
  let count = 0;
  try {
    for (const resource of resources) {
      resource.lend(lent[count]!);
      count++;
    }
    if (decay) resources[0]!.shrink(decay);
    if (early1) resources[1]!.average(beta1, gradient);
    if (early2) {
      const [squared] = binding.executeOp('Square', floatType(backend, 'T'), [gradient], 1);
      resources[2]!.average(beta2, squared!.id);
      binding.deleteTensor(squared!.id);
    }
    // The two zeros are the powers of β: the bias is corrected in the rate.
    const operands = [...resources.map(({ id }) => id), zero, zero, rate, ...rest, gradient];
    binding.executeOp('ResourceApplyAdam', floatType(backend, 'T'), operands, 0);
  } finally {
    // Whatever happened, no tensor may lose its values.
    results = resources.slice(0, count).map((resource, i) => resource.takeBack(lent[i]!));
    for (const id of numbers) binding.deleteTensor(id);
  }
  return results;
}
