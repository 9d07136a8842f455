import type * as tf from '@tensorflow/tfjs';
import { sizeOfShape } from '../../ops/shape';
import { finiteKernel } from '../adam-kernel';
import { addedKernel } from '../kernel-patch';
import type { Program, WebglBackend } from './webgl-backend';

/** How many sums are made side by side, for one tensor and for all. */
const LANES = 256;
/** Tensors of one draw: every device has 16 textures for a shader. */
const AT_ONCE = 15;

/**
 * 1 where all numbers of all tensors are finite, else 0: NaN and ±∞ survive every sum. One draw for each large tensor,
 * one for all of them, and one for the result.
 */
export const allFinite = /* @__PURE__ */ addedKernel<WebglBackend, Record<string, tf.TensorInfo>>(
  finiteKernel,
  'whether all gradients are finite in one draw per variable; as means and sums it is half a dozen',
  ({ backend, inputs }) => {
    const made: tf.TensorInfo[] = [];
    const run = (program: Program, tensors: readonly tf.TensorInfo[]) => {
      const result = backend.runWebGLProgram(program, tensors, 'float32');
      made.push(result);
      return result;
    };
    const inLanes = (info: tf.TensorInfo) => {
      const x = flat(info);
      if (x.shape[0]! <= LANES) return x;
      // Read as it lies: to unpack a large texture costs more than to sum it.
      return backend.texData.get(info.dataId).isPacked
        ? run(packedLanes(...matrices(info)), [asMatrices(info)])
        : run(lanesOf(x.shape[0]!), [x]);
    };
    let parts = Object.values(inputs).map(inLanes);
    let sum: tf.TensorInfo | undefined;
    while (parts.length > 0) {
      const some: tf.TensorInfo[] = [...(sum ? [sum] : []), ...parts].slice(0, AT_ONCE);
      parts = parts.slice(some.length - (sum ? 1 : 0));
      sum = run(together(some.map(x => x.shape[0]!)), some);
    }
    const flag = run(flagOf, [sum!]);
    for (const info of made) if (info !== flag) backend.disposeIntermediateTensorInfo(info);
    return flag;
  },
);

function flat({ dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
  return { dataId, shape: [sizeOfShape(shape)], dtype };
}

/** Means instead of sums, which may overflow 16-bit floats. */
function lanesOf(size: number): Program {
  return {
    variableNames: ['x'],
    outputShape: [LANES],
    userCode: `
      void main() {
        float total = 0.0;
        for (int i = getOutputCoords(); i < ${size}; i += ${LANES}) total += getX(i) * ${1 / size};
        setOutput(total);
      }`,
  };
}

/** Matrices, rows and columns: as a packed texture holds them, two by two values to a texel. */
type Matrices = [matrices: number, rows: number, columns: number];

function matrices({ shape }: tf.TensorInfo): Matrices {
  const [columns = 1, rows = 1, ...rest] = [...shape].reverse();
  return [sizeOfShape(rest), rows, columns];
}

function asMatrices(info: tf.TensorInfo): tf.TensorInfo {
  return { dataId: info.dataId, shape: matrices(info), dtype: info.dtype };
}

/** Values beyond the last row and column of a packed texture may be anything: they are left out. */
function packedLanes(count: number, rows: number, columns: number): Program {
  const [down, across] = [Math.ceil(rows / 2), Math.ceil(columns / 2)];
  return {
    variableNames: ['x'],
    outputShape: [LANES],
    packedInputs: true,
    userCode: `
      void main() {
        float total = 0.0;
        for (int i = getOutputCoords(); i < ${count * down * across}; i += ${LANES}) {
          int line = i / ${across};
          int matrix = line / ${down};
          int row = 2 * (line - matrix * ${down});
          int column = 2 * (i - line * ${across});
          vec4 x = getX(matrix, row, column);
          if (column == ${columns - 1}) x.yw = vec2(0.0);
          if (row == ${rows - 1}) x.zw = vec2(0.0);
          total += dot(x, vec4(${1 / (count * rows * columns)}));
        }
        setOutput(total);
      }`,
  };
}

function together(sizes: readonly number[]): Program {
  const add = (size: number, i: number) => `if (at < ${size}) total += getX${i}(at) * ${1 / 1024};`;
  return {
    variableNames: sizes.map((_, i) => `x${i}`),
    outputShape: [LANES],
    userCode: `
      void main() {
        int at = getOutputCoords();
        float total = 0.0;
        ${sizes.map(add).join('\n')}
        setOutput(total);
      }`,
  };
}

const flagOf: Program = {
  variableNames: ['x'],
  outputShape: [],
  // As the shaders of Adam want it.
  packedOutput: true,
  userCode: `
    void main() {
      float total = 0.0;
      for (int i = 0; i < ${LANES}; i++) total += getX(i);
      setOutput(vec4(isnan(total) || isinf(total) ? 0.0 : 1.0));
    }`,
};
