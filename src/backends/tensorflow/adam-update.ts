import type * as tf from '@tensorflow/tfjs';
import { type AdamAttrs, type AdamInputs, adamKernel } from '../adam-kernel';
import { adamScalars } from '../adam-loop';
import type { KernelPatch } from '../patch';
import { Resource } from './resource';
import { floatType, number, type TensorflowBackend } from './tensorflow-backend';

/**
 * TensorFlow's own Adam, which goes over memory once and on all cores.
 *
 * It calculates `1 − β` from a β of 32 bits, so that β₂ = 0.999 is 0.99900001; the bias is corrected for that value.
 * Its `α·m / (√v + ε)` lacks the bias correction of v within the root: α and ε are scaled by `√(1 − β₂ᵗ)` instead.
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

function update(backend: TensorflowBackend, resources: Resource[], inputs: AdamInputs, attrs: AdamAttrs) {
  const { binding } = backend;
  const [beta1, beta2] = [Math.fround(attrs.beta1), Math.fround(attrs.beta2)];
  const t = backend.readSync(inputs.count.dataId)[0]!;
  const { stepSize, scale2, decay, epsilon } = adamScalars({ ...attrs, beta1, beta2 }, t);
  const numbers = [0, stepSize / scale2, beta1, beta2, epsilon / scale2].map(x => number(backend, x)) as [
    number,
    number,
    number,
    number,
    number,
  ];
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
    // The two zeros are the powers of β: the bias is corrected in the rate.
    const operands = [...resources.map(({ id }) => id), zero, zero, rate, ...rest, gradient];
    binding.executeOp('ResourceApplyAdam', floatType(backend, 'T'), operands, 0);
  } finally {
    // Whatever happened, nobody's values may be lost.
    results = resources.slice(0, count).map((resource, i) => resource.takeBack(lent[i]!));
    for (const id of numbers) binding.deleteTensor(id);
  }
  return results;
}
