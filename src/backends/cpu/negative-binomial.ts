import type * as tf from '@tensorflow/tfjs';
import { negativeBinomialGradKernel, negativeBinomialKernel } from '../../ops/negative-binomial-kernels';
import { addedKernel } from '../kernel-patch';
import { type CountArrays, longest, type MassArrays, massLoop, sumLoop } from '../negative-binomial-loop';
import { type CpuBackend, float32, floats, sizeOf } from './cpu-kernel';

type Inputs = Record<keyof CountArrays, tf.TensorInfo>;
type GradInputs = Record<'dy' | 'logMean' | 'logDispersion' | 'byMean' | 'byDispersion', tf.TensorInfo>;

/** `log p(x)` of a negative binomial with its derivatives, and the gradients. */
export const negativeBinomial = [
  /* @__PURE__ */ addedKernel<CpuBackend, Inputs>(
    negativeBinomialKernel,
    'log p of a negative binomial in one loop; as single operations it goes over memory a hundred times',
    ({ backend, inputs }) => {
      const values = (info: tf.TensorInfo) => floats(backend, info)!;
      const { shape } = longest(inputs);
      const made = () => new Float32Array(sizeOf(shape));
      const results: MassArrays = { value: made(), byMean: made(), byDispersion: made() };
      const { logMean, logDispersion, x } = inputs;
      massLoop({ logMean: values(logMean), logDispersion: values(logDispersion), x: values(x) }, results);
      return [results.value, results.byMean, results.byDispersion].map(out => float32(backend, shape, out));
    },
  ),
  /* @__PURE__ */ addedKernel<CpuBackend, GradInputs>(
    negativeBinomialGradKernel,
    'the gradients of a negative binomial in one loop each',
    ({ backend, inputs }) => {
      const gradient = (derivatives: tf.TensorInfo, { shape }: tf.TensorInfo) => {
        const out = new Float32Array(sizeOf(shape));
        sumLoop(floats(backend, inputs.dy)!, floats(backend, derivatives)!, out);
        return float32(backend, shape, out);
      };
      return [gradient(inputs.byMean, inputs.logMean), gradient(inputs.byDispersion, inputs.logDispersion)];
    },
  ),
];
