import type * as tf from '@tensorflow/tfjs';
import { type AdamAttrs, type AdamInputs, adamKernel } from '../adam-kernel';
import { addedKernel } from '../kernel-patch';
import type { Program, WebglBackend } from './webgl-backend';

/** Adam in three draws per variable, since a shader of tfjs writes one tensor: m, v, and the variable from both. */
export const adamUpdate = /* @__PURE__ */ addedKernel<WebglBackend, AdamInputs, AdamAttrs>(
  adamKernel,
  'Adam in three draws per variable; as single operations it is more than a dozen',
  ({ backend, inputs, attrs }) => {
    const { variable, m, v, gradient, count, finite } = inputs;
    const { beta1, beta2, rate, epsilon, weightDecay } = attrs;
    // log 0 would be −∞; 1 − 10⁻³⁰ is 1.
    const log = (beta: number) => Math.log(beta || 1e-30);
    const run = (make: (shape: number[]) => Program, inputs: readonly tf.TensorInfo[], uniforms: number[]) =>
      backend.runWebGLProgram(
        make(variable.shape),
        inputs,
        'float32',
        uniforms.map(n => [n]),
      );
    const first = run(firstMoment, [m, gradient, finite], [beta1, 1 - beta1]);
    const second = run(secondMoment, [v, gradient, finite], [beta2, 1 - beta2]);
    const numbers = [log(beta1), log(beta2), rate, epsilon, rate * weightDecay];
    return [run(step, [variable, first, second, count, finite], numbers), first, second];
  },
);

const firstMoment = (outputShape: number[]) => average(outputShape, 'g');
const secondMoment = (outputShape: number[]) => average(outputShape, 'g * g');

/** `β·before + (1 − β)·x`. What is read at the flag's place may be NaN, and is not touched where the flag is 0. */
function average(outputShape: number[], x: string): Program {
  return {
    variableNames: ['before', 'gradient', 'finite'],
    outputShape,
    packedInputs: true,
    packedOutput: true,
    customUniforms: floats('beta', 'gain'),
    userCode: `
      void main() {
        vec4 before = getBeforeAtOutCoords();
        vec4 g = getGradientAtOutCoords();
        setOutput(getFinite().x > 0.5 ? beta * before + gain * (${x}) : before);
      }`,
  };
}

/** `1 − βᵗ = −expm1(t·log β)` as in ../webgpu/adam-shader.ts. */
function step(outputShape: number[]): Program {
  return {
    variableNames: ['theta', 'm', 'v', 'count', 'finite'],
    outputShape,
    packedInputs: true,
    packedOutput: true,
    customUniforms: floats('log1', 'log2', 'rate', 'epsilon', 'decay'),
    userCode: `
      float correction(float x) {
        if (x < -0.3) return 1.0 - exp(x);
        return -x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0 * (1.0 + x / 7.0))))));
      }
      void main() {
        vec4 theta = getThetaAtOutCoords();
        if (getFinite().x < 0.5) { setOutput(theta); return; }
        float t = getCount().x;
        float c = sqrt(correction(t * log2));
        float stepSize = rate / correction(t * log1) * c;
        vec4 moved = stepSize * getMAtOutCoords() / (sqrt(getVAtOutCoords()) + epsilon * c);
        setOutput(theta - (decay * theta + moved));
      }`,
  };
}

function floats(...names: string[]): Program['customUniforms'] & object {
  return names.map(name => ({ name, type: 'float' }));
}
