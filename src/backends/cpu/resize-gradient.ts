import { cpuKernel, float32, floats, sizeOf } from './cpu-kernel';

type Attrs = { alignCorners: boolean; halfPixelCenters?: boolean };

/** The gradient of `resizeNearestNeighbor`, and so of `upSampling2d`: each dy goes to the pixel that was copied there. */
export const resizeGradient = /* @__PURE__ */ cpuKernel<Attrs>(
  'ResizeNearestNeighborGrad',
  "tfjs's kernel reads dy at the wrong examples, so gradients are wrong for batches; it ignores halfPixelCenters",
  ({ backend, inputs, attrs }) => {
    const dy = floats(backend, inputs['dy']);
    if (!dy) return undefined;
    const shape = inputs['images']!.shape as [number, number, number, number];
    const [batch, height, width, channels] = shape;
    const [, rows, columns] = inputs['dy']!.shape as [number, number, number, number];
    const [fromRow, fromColumn] = [sourceOf(height, rows, attrs), sourceOf(width, columns, attrs)];
    const sums = new Float64Array(sizeOf(shape));
    let read = 0;
    for (let n = 0; n < batch; n++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const pixel = ((n * height + fromRow[row]!) * width + fromColumn[column]!) * channels;
          for (let c = 0; c < channels; c++) sums[pixel + c]! += dy[read++]!;
        }
      }
    }
    return float32(backend, shape, Float32Array.from(sums));
  },
);

/** Which source row or column each row or column of the result copies: the rule of tfjs's forward kernel. */
function sourceOf(source: number, result: number, { alignCorners, halfPixelCenters }: Attrs): number[] {
  const corners = alignCorners && result > 1 ? 1 : 0;
  const scale = (source - corners) / (result - corners);
  return Array.from({ length: result }, (_, i) => {
    const place = halfPixelCenters ? scale * (i + 0.5) : scale * i;
    return Math.max(0, Math.min(source - 1, alignCorners ? Math.round(place) : Math.floor(place)));
  });
}
