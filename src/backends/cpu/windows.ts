import type { Axis } from '../conv-geometry';
import { lanes, type Operand } from './product';

/** Windows along one axis: window `o` sees the source at `o · step + tap · tapStep + start`, zero where there is none. */
export type Windows = {
  source: number;
  count: number;
  taps: number;
  step: number;
  tapStep: number;
  start: number;
};

/** The windows of a convolution on its input. */
export function inputWindows({ input, output, kernel, stride, dilation, before }: Axis): Windows {
  return { source: input, count: output, taps: kernel, step: stride, tapStep: dilation, start: -before };
}

/** An NHWC image and the windows on it. */
export type Image = { values: Float32Array; batch: number; channels: number; height: Windows; width: Windows };

/** Each line is a window, in the order of the batch; the inner axis runs over taps and channels. */
export function windowLines({ values, batch, channels, height, width }: Image): Operand {
  const count = batch * height.count * width.count;
  return (panel, at, line, from, to) => {
    const present = Math.min(lanes, count - line);
    for (let lane = 0; lane < present; lane++) {
      let write = at + lane;
      const across = (line + lane) % width.count;
      const lineOfWindows = Math.floor((line + lane) / width.count);
      const top = (lineOfWindows % height.count) * height.step + height.start;
      const left = across * width.step + width.start;
      const example = Math.floor(lineOfWindows / height.count) * height.source;
      let tap = Math.floor(from / channels);
      let channel = from % channels;
      for (let k = from; k < to; tap++, channel = 0) {
        const run = Math.min(channels - channel, to - k);
        const row = top + Math.floor(tap / width.taps) * height.tapStep;
        const column = left + (tap % width.taps) * width.tapStep;
        if (row >= 0 && row < height.source && column >= 0 && column < width.source) {
          let read = ((example + row) * width.source + column) * channels + channel;
          for (let i = 0; i < run; i++, write += lanes) panel[write] = values[read++]!;
        } else {
          for (let i = 0; i < run; i++, write += lanes) panel[write] = 0;
        }
        k += run;
      }
    }
  };
}

/** Each line is one tap and channel; the inner axis runs over the windows, in the order of the batch. */
export function tapLines({ values, channels, height, width }: Image): Operand {
  const count = height.taps * width.taps * channels;
  return (panel, at, line, from, to) => {
    const present = Math.min(lanes, count - line);
    for (let lane = 0; lane < present; lane++) {
      let write = at + lane;
      const tap = Math.floor((line + lane) / channels);
      const channel = (line + lane) % channels;
      const top = Math.floor(tap / width.taps) * height.tapStep + height.start;
      const left = (tap % width.taps) * width.tapStep + width.start;
      let lineOfWindows = Math.floor(from / width.count);
      let across = from % width.count;
      for (let k = from; k < to; lineOfWindows++, across = 0) {
        const run = Math.min(width.count - across, to - k);
        const row = (lineOfWindows % height.count) * height.step + top;
        const example = Math.floor(lineOfWindows / height.count) * height.source;
        let column = across * width.step + left;
        if (row >= 0 && row < height.source) {
          let read = ((example + row) * width.source + column) * channels + channel;
          for (let i = 0; i < run; i++, write += lanes) {
            panel[write] = column >= 0 && column < width.source ? values[read]! : 0;
            column += width.step;
            read += width.step * channels;
          }
        } else {
          for (let i = 0; i < run; i++, write += lanes) panel[write] = 0;
        }
        k += run;
      }
    }
  };
}
