import type * as tf from '@tensorflow/tfjs';
import { logMassKernel } from '../../ops/log-mass-kernel';
import { addedKernel } from '../kernel-patch';
import { type CpuBackend, float32, floats } from './cpu-kernel';

/** `−[max(l, 0) − x·l + log(1 + e^−|l|)]`; what is certain under an infinite logit is 0, and not 0 · ∞. */
export const logMass = /* @__PURE__ */ addedKernel<CpuBackend, Record<'logits' | 'x', tf.TensorInfo>>(
  logMassKernel,
  'log p of a Bernoulli in one loop; as single operations it goes over memory nine times',
  ({ backend, inputs }) => {
    const [logits, x] = [floats(backend, inputs.logits), floats(backend, inputs.x)];
    if (!logits || !x) return undefined;
    const out = new Float32Array(logits.length);
    for (let i = 0; i < out.length; i++) {
      const l = logits[i]!;
      const off = l > 0 ? x[i]! - 1 : x[i]!;
      out[i] = (off === 0 ? 0 : off * l) - Math.log1p(Math.exp(-Math.abs(l)));
    }
    return float32(backend, inputs.logits!.shape, out);
  },
);
