import * as tf from '@tensorflow/tfjs';
import { normal, valueAndGradients } from '../support';

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
// Few and many channels take different ways, on either side of the filter.
const channelPairs: [number, number][] = [
  [1, 5],
  [3, 1],
  [17, 6],
];
export const grid = channelPairs.flatMap(channels =>
  ([1, 2, 3, [2, 1], [1, 3]] as Case['stride'][]).flatMap(stride =>
    (['same', 'valid', 0, 1, explicit] as Pad[]).map(pad => ({ ...base, channels, stride, pad })),
  ),
);
export const shapes: Case[] = [
  { ...base, kernel: [1, 1] },
  { ...base, kernel: [1, 1], stride: 2 },
  { ...base, kernel: [1, 1], stride: 2, channels: [16, 16] },
  { ...base, kernel: [2, 2], stride: 2, pad: 'valid' },
  { ...base, kernel: [4, 4], stride: 2, channels: [16, 3] },
  { ...base, kernel: [5, 2], stride: 3, pad: 'valid', channels: [16, 3] },
  { ...base, kernel: [2, 5], stride: 4, pad: explicit },
  { ...base, kernel: [7, 6], pad: 'valid' },
  { ...base, kernel: [5, 5], pad: 4, channels: [3, 2] },
  { ...base, kernel: [3, 3], pad: 5, stride: 2, channels: [16, 2] },
  { ...base, kernel: [2, 2], size: [8, 8], stride: 4 },
  { ...base, size: [1, 1] },
  { ...base, size: [1, 9], stride: 2, channels: [16, 1] },
  { ...base, size: [8, 9], stride: 2, pad: 'valid', batch: 1 },
  { ...base, size: [9, 8], stride: 2, pad: 'valid', batch: 5, channels: [16, 4] },
];

export const named = (cases: Case[]) => cases.map(c => ({ ...c, name: JSON.stringify(c) }));
