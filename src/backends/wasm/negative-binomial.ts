import type * as tf from '@tensorflow/tfjs';
import { negativeBinomialGradKernel, negativeBinomialKernel } from '../../ops/negative-binomial-kernels';
import { addedKernel } from '../kernel-patch';
import { type CountArrays, longest, massLoop, sumLoop } from '../negative-binomial-loop';
import type { WasmBackend } from './scratch';

type Inputs = Record<keyof CountArrays, tf.TensorInfo>;
type GradInputs = Record<'dy' | 'logMean' | 'logDispersion' | 'byMean' | 'byDispersion', tf.TensorInfo>;

/** Values in the wasm memory. Allocating can detach them, so they are taken when all results have their place. */
const values = (backend: WasmBackend, info: tf.TensorInfo) => backend.typedArrayFromHeap(info) as Float32Array;

/** As ../cpu/negative-binomial.ts, on the wasm memory itself. */
export const negativeBinomial = [
  /* @__PURE__ */ addedKernel<WasmBackend, Inputs>(
    negativeBinomialKernel,
    'log p of a negative binomial in one loop; as single operations it goes over memory a hundred times',
    ({ backend, inputs }) => {
      const made = () => backend.makeOutput(longest(inputs).shape, 'float32');
      const results = [made(), made(), made()] as const;
      const [value, byMean, byDispersion] = results.map(info => values(backend, info)) as Triple;
      const [logMean, logDispersion, x] = [inputs.logMean, inputs.logDispersion, inputs.x].map(info =>
        values(backend, info),
      ) as Triple;
      massLoop({ logMean, logDispersion, x }, { value, byMean, byDispersion });
      return [...results];
    },
  ),
  /* @__PURE__ */ addedKernel<WasmBackend, GradInputs>(
    negativeBinomialGradKernel,
    'the gradients of a negative binomial in one loop each',
    ({ backend, inputs }) => {
      const gradient = (derivatives: tf.TensorInfo, { shape }: tf.TensorInfo) => {
        const out = backend.makeOutput(shape, 'float32');
        sumLoop(values(backend, inputs.dy), values(backend, derivatives), values(backend, out));
        return out;
      };
      return [gradient(inputs.byMean, inputs.logMean), gradient(inputs.byDispersion, inputs.logDispersion)];
    },
  ),
];

type Triple = [Float32Array, Float32Array, Float32Array];
