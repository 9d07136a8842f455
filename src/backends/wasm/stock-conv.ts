import type * as tf from '@tensorflow/tfjs';
import type { Scratch } from './scratch';

/** An image in the layout that the wasm kernels know. */
export function channelsLast(s: Scratch, x: tf.TensorInfo, dataFormat: string): tf.TensorInfo {
  return dataFormat === 'NCHW' ? s.transpose(x, [0, 2, 3, 1]) : x;
}

/** A convolution with explicit padding, by XNNPACK. */
export function conv2d(
  s: Scratch,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  [height, width]: [[number, number], [number, number]],
  dilations: [number, number] = [1, 1],
): tf.TensorInfo {
  const pad = [[0, 0], height, width, [0, 0]];
  return s.run('Conv2D', { x, filter }, { strides: [1, 1], pad, dilations, dataFormat: 'NHWC' });
}
