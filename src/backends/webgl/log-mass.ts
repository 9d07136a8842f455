import type * as tf from '@tensorflow/tfjs';
import { logMassKernel } from '../../ops/log-mass-kernel';
import { addedKernel } from '../kernel-patch';
import type { Program, WebglBackend } from './webgl-backend';

/** As ../cpu/log-mass.ts. */
export const logMass = /* @__PURE__ */ addedKernel<WebglBackend, Record<'logits' | 'x', tf.TensorInfo>>(
  logMassKernel,
  'log p of a Bernoulli in one draw; as single operations it is three dozen',
  ({ backend, inputs: { logits, x } }) => backend.runWebGLProgram(program(logits.shape), [logits, x], 'float32'),
);

/** `log(1 + u)` for u in [0, 1] by the series of ../../ops/log1p.ts. */
function program(outputShape: number[]): Program {
  return {
    variableNames: ['logits', 'x'],
    outputShape,
    packedInputs: true,
    packedOutput: true,
    userCode: `
      vec4 log1p(vec4 u) {
        vec4 v = u / (2.0 + u);
        vec4 s = v * v;
        vec4 series = 1.0 / 3.0 + s * (1.0 / 5.0 + s * (1.0 / 7.0 + s * (1.0 / 9.0 + s * (1.0 / 11.0 + s * (1.0 / 13.0 + s / 15.0)))));
        return 2.0 * v + 2.0 * v * s * series;
      }
      void main() {
        vec4 l = getLogitsAtOutCoords();
        vec4 off = getXAtOutCoords() - vec4(greaterThan(l, vec4(0.0)));
        vec4 cost = mix(off * l, vec4(0.0), equal(off, vec4(0.0)));
        setOutput(cost - log1p(exp(-abs(l))));
      }`,
  };
}
