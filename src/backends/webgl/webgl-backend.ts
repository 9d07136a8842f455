import type * as tf from '@tensorflow/tfjs';

/** A fragment shader for tfjs, which declares `getX…` for each variable X, `getOutputCoords` and `setOutput`. */
export type Program = {
  variableNames: string[];
  outputShape: number[];
  userCode: string;
  /** Textures of four neighbouring values to a texel. */
  packedInputs?: boolean;
  packedOutput?: boolean;
  customUniforms?: { name: string; type: 'float' }[];
};

/** The part of tfjs's webgl backend that we use. */
export type WebglBackend = {
  /** Packs and unpacks inputs as the program wants them. */
  runWebGLProgram(
    program: Program,
    inputs: readonly tf.TensorInfo[],
    dtype: tf.DataType,
    uniforms?: readonly number[][],
  ): tf.TensorInfo;
  texData: { get(dataId: object): { isPacked?: boolean } };
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void;
};
