import * as tf from '@tensorflow/tfjs';
import type { Spec } from 'vega';
import type { ArrayField } from '../data/array-field';
import { checkField } from '../data/check-field';
import { checkKeys } from '../ops/check-keys';
import { PLOT_CONFIG, plotFormat, savePlot } from './save-plot';
import { type ColourScale, colourScale } from './scatter-colours';

/** What `saveScatter` draws. */
export type ScatterData = {
  /** `[n, 2]`: a tensor, which stays the caller's, `{ values, shape }` as `embedAll` returns, or pairs. */
  points: tf.Tensor | ArrayField | readonly (readonly number[])[];
  /** What colours each point: labels (whole numbers), or the values of a factor; a tensor `[n]` stays the caller's. */
  values?: ArrayLike<number> | tf.Tensor;
  /** Names of the labels 0, 1, …; the values are then labels. */
  names?: readonly string[];
  /**
   * Whether the values are labels. Unless given, they are if there are names, or at most 20 different whole numbers.
   */
  categorical?: boolean;
  /** Heading. */
  title?: string;
  /** Heading of the legend. */
  legend?: string;
  /** Title of the horizontal axis; `z₀` unless given. */
  xLabel?: string;
  /** Title of the vertical axis; `z₁` unless given. */
  yLabel?: string;
};

type Row = { x: number; y: number; value?: string | number };

const SIDE = 440;

/**
 * Plots points of the plane to a file, coloured by label with a legend or by a continuous factor with a colour bar. It
 * needs the package `vega`, and for a .png also `@resvg/resvg-js` and `dejavu-fonts-ttf`.
 *
 * Points with a coordinate or a value that is not finite are left out.
 *
 * @param path The file, .svg or .png; its folders are made.
 * @param data Points, their colours, and texts.
 * @throws When points are not `[n, 2]`, there is not one value for each point, nothing is finite, the path ends
 * in neither .svg nor .png, or a package is missing.
 * @example
 * ```ts
 * await saveScatter('out/latent.png', { points: vae.embed(xTest), values: labels, legend: 'digit' });
 * ```
 */
export async function saveScatter(path: string, data: ScatterData): Promise<void> {
  const own = ['points', 'values', 'names', 'categorical', 'title', 'legend', 'xLabel', 'yLabel'] as const;
  checkKeys('saveScatter', data, own, { labels: 'values' }, ['points']);
  plotFormat('saveScatter', path);
  const { names, categorical, legend } = data;
  const points = await readPoints(data.points);
  const values = await readValues(data.values);
  if (values && values.length !== points.length) {
    throw new Error(`saveScatter: values must be one for each of ${points.length} points, got ${values.length}`);
  }
  const colours = values && colourScale({ values, names, categorical, legend });
  const rows = points.flatMap(([x, y], i): Row[] => {
    if (![x, y, values?.[i] ?? 0].every(Number.isFinite)) return [];
    return [colours ? { x, y, value: colours.of(i) } : { x, y }];
  });
  if (rows.length === 0) throw new Error('saveScatter: points hold nothing finite to plot');
  await savePlot('saveScatter', path, scatterSpec(rows, colours, data));
}

async function readPoints(points: ScatterData['points']): Promise<[number, number][]> {
  if (isRows(points)) {
    const wrong = points.findIndex(point => point.length !== 2);
    if (wrong >= 0) {
      throw new Error(`saveScatter: points must be pairs, [n, 2], got ${points[wrong]!.length} numbers at ${wrong}`);
    }
    return points.map(([x, y]) => [x!, y!]);
  }
  if (points?.shape?.length !== 2 || points.shape[1] !== 2) {
    throw new Error(
      `saveScatter: points must be [n, 2], got ${points?.shape ? `[${points.shape}]` : points}; choose two dimensions with tf.gather`,
    );
  }
  const flat = points instanceof tf.Tensor ? await points.data() : scaled(points);
  return Array.from({ length: points.shape[0]! }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]);
}

/** The numbers of a tensor are read; those of an array are there already. */
async function readValues(values: ScatterData['values']): Promise<ArrayLike<number> | undefined> {
  const read = values instanceof tf.Tensor ? await values.data() : values;
  if (read !== undefined && typeof read?.length !== 'number') {
    throw new Error(`saveScatter: values must be an array or a tensor of one number for each point, got ${read}`);
  }
  return read;
}

function scaled(field: ArrayField): ArrayLike<number> {
  checkField('saveScatter: points', field);
  const { values, scale = 1 } = field;
  return Float32Array.from(values, value => value * scale);
}

function isRows(points: ScatterData['points']): points is readonly (readonly number[])[] {
  return Array.isArray(points);
}

function scatterSpec(rows: Row[], colours: ColourScale | undefined, texts: ScatterData): Spec {
  const { title, xLabel = 'z₀', yLabel = 'z₁' } = texts;
  const spread = { type: 'linear', zero: false, nice: 7 } as const;
  return {
    background: 'white',
    padding: 16,
    width: SIDE,
    height: SIDE,
    config: PLOT_CONFIG,
    ...(title ? { title: { text: title, offset: 14 } } : {}),
    data: [{ name: 'points', values: rows }],
    scales: [
      { name: 'x', ...spread, domain: { data: 'points', field: 'x' }, range: 'width' },
      { name: 'y', ...spread, domain: { data: 'points', field: 'y' }, range: 'height' },
      ...(colours ? [colours.scale] : []),
    ],
    axes: [
      { orient: 'bottom', scale: 'x', grid: true, title: xLabel, tickCount: 7 },
      { orient: 'left', scale: 'y', grid: true, title: yLabel, tickCount: 7 },
    ],
    ...(colours ? { legends: [colours.legend] } : {}),
    marks: [
      {
        type: 'symbol',
        from: { data: 'points' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'x' },
            y: { scale: 'y', field: 'y' },
            fill: colours ? { scale: 'colour', field: 'value' } : { value: '#2563ab' },
            // Area in square pixels: many points are small, so that they do not hide one another.
            size: { value: Math.min(60, Math.max(7, 30000 / rows.length)) },
            opacity: { value: rows.length > 500 ? 0.65 : 0.85 },
          },
        },
      },
    ],
  };
}
