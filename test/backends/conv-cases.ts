import * as tf from '@tensorflow/tfjs';
import { normal, valueAndGradients } from './support';

export type Pad = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
export type Case = {
  batch: number;
  size: [number, number];
  kernel: [number, number];
  channels: [number, number];
  stride: number | [number, number];
  pad: Pad;
};

export const explicit: tf.backend_util.ExplicitPadding = [
  [0, 0],
  [2, 1],
  [0, 2],
  [0, 0],
];

export function conv({ batch, size, kernel, channels, stride, pad }: Case): tf.Tensor[] {
  const x = normal([batch, ...size, channels[0]], 'x');
  const filter = normal([...kernel, ...channels], 'filter');
  return valueAndGradients([x, filter], (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad));
}

/** The transposed convolution onto the same image. */
export function convTranspose({ batch, size, kernel, channels, stride, pad }: Case): tf.Tensor[] {
  const image: [number, number, number, number] = [batch, ...size, channels[0]];
  const filterShape: [number, number, number, number] = [...kernel, ...channels];
  const { outShape } = tf.backend_util.computeConv2DInfo(image, filterShape, stride, 1, pad);
  return valueAndGradients([normal(outShape, 'y'), normal(filterShape, 'filter')], (y, w) =>
    tf.conv2dTranspose(y as tf.Tensor4D, w as tf.Tensor4D, image, stride, pad),
  );
}

export const base: Case = { batch: 2, size: [7, 6], kernel: [3, 3], channels: [2, 5], stride: 1, pad: 'same' };

/** Every stride and padding for each pair of channels. */
export function gridOf(channelPairs: readonly Case['channels'][], pads: readonly Pad[]): Case[] {
  const strides: Case['stride'][] = [1, 2, 3, [2, 1], [1, 3]];
  return channelPairs.flatMap(channels =>
    strides.flatMap(stride => pads.map(pad => ({ ...base, channels, stride, pad }))),
  );
}

export const named = (cases: Case[]) => cases.map(c => ({ ...c, name: JSON.stringify(c) }));
