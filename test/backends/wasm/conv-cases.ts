import { base, type Case, explicit, gridOf } from '../conv-cases';

// Few and many channels take different ways, on either side of the filter.
const channelPairs: Case['channels'][] = [
  [1, 5],
  [3, 1],
  [17, 6],
];
export const grid = gridOf(channelPairs, ['same', 'valid', 0, 1, explicit]);
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
