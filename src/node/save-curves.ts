import type { Mark, Spec } from 'vega';
import { checkKeys } from '../ops/check-keys';
import { PLOT_CONFIG, PLOT_STYLE, plotFormat, savePlot } from './save-plot';

/** What `fit` of `VaeTrainer` or of `LayersModel` returns: values by key, one for each epoch. */
export type CurvesHistory = {
  /** Number of each epoch, from 0. */
  epoch?: readonly number[];
  /** Values by key. */
  history: Readonly<Record<string, readonly unknown[]>>;
};

/** What `saveCurves` takes beside the history. */
export type SaveCurvesOptions = {
  /** Heading. */
  title?: string;
  /** Keys to plot, a panel for each, which also shows its `val_…`; `loss`, `reconstruction` and `kl` unless given. */
  keys?: readonly string[];
};

type Point = { key: string; series: 'training' | 'validation'; epoch: number; value: number };

const NATS = new Set(['loss', 'elbo', 'reconstruction', 'kl']);
const COLOURS = { training: '#2563ab', validation: '#e07b22' };
const PANEL = { width: 260, height: 220, gap: 36 };

/**
 * Plots training and validation values by epoch to a file, one panel for each key. It needs the package `vega`, and for
 * a .png also `@resvg/resvg-js` and `dejavu-fonts-ttf`.
 *
 * Losses, bounds and KLs are in nats per example. Values that are not finite numbers are left out.
 *
 * @param path The file, .svg or .png; its folders are made.
 * @param history What `fit` returned.
 * @param options Heading and keys.
 * @throws When the path ends in neither .svg nor .png, a key is not in the history, there is nothing to plot, or a
 * package is missing.
 * @example
 * ```ts
 * const history = await trainer.fit(x, { epochs: 10, batchSize: 128, validationData: xTest });
 * await saveCurves('out/curves.png', history, { title: 'MNIST, 20 latent dimensions' });
 * ```
 */
export async function saveCurves(path: string, history: CurvesHistory, options: SaveCurvesOptions = {}): Promise<void> {
  checkKeys('saveCurves', options, ['title', 'keys']);
  plotFormat('saveCurves', path);
  const keys = options.keys ?? ['loss', 'reconstruction', 'kl'].filter(key => Object.hasOwn(history.history, key));
  const unknown = keys.find(key => !Object.hasOwn(history.history, key));
  if (keys.length === 0 || unknown !== undefined) {
    const found = Object.keys(history.history).join(', ') || 'nothing';
    throw new Error(`saveCurves: keys must be in the history, which holds ${found}; got ${unknown ?? 'none'}`);
  }
  const points = keys.flatMap(key => [...series(history, key, 'training'), ...series(history, key, 'validation')]);
  if (points.length === 0) throw new Error(`saveCurves: the history holds no finite value of ${keys.join(', ')}`);
  await savePlot('saveCurves', path, curvesSpec(points, keys, options.title));
}

function series({ epoch, history }: CurvesHistory, key: string, name: Point['series']): Point[] {
  const values = history[name === 'training' ? key : `val_${key}`] ?? [];
  return values.flatMap((value, i) =>
    typeof value === 'number' && Number.isFinite(value)
      ? [{ key, series: name, epoch: (epoch?.[i] ?? i) + 1, value }]
      : [],
  );
}

function curvesSpec(points: Point[], keys: readonly string[], title: string | undefined): Spec {
  const names = [...new Set(points.map(point => point.series))];
  const epochs = points.map(point => point.epoch);
  const [first, last] = [Math.min(...epochs), Math.max(...epochs)];
  return {
    background: 'white',
    padding: 16,
    config: PLOT_CONFIG,
    ...(title ? { title: { text: title, offset: 14 } } : {}),
    layout: { padding: { column: PANEL.gap }, columns: keys.length, align: 'none' },
    signals: [
      { name: 'width', value: PANEL.width },
      { name: 'height', value: PANEL.height },
    ],
    data: keys.map((key, i) => ({ name: `panel${i}`, values: points.filter(point => point.key === key) })),
    scales: [
      // A single epoch stands in the middle.
      {
        name: 'x',
        type: 'linear',
        zero: false,
        domain: first === last ? [first - 1, last + 1] : [first, last],
        range: [0, PANEL.width],
      },
      { name: 'colour', type: 'ordinal', domain: names, range: names.map(name => COLOURS[name]) },
      {
        name: 'dash',
        type: 'ordinal',
        domain: names,
        range: names.map(name => (name === 'training' ? [1, 0] : [5, 3])),
      },
    ],
    legends: [
      {
        stroke: 'colour',
        strokeDash: 'dash',
        symbolType: 'stroke',
        symbolSize: 350,
        symbolStrokeWidth: 2,
        orient: 'right',
      },
    ],
    marks: keys.map((key, i) => panel(key, `panel${i}`, last - first)),
  };
}

function panel(key: string, data: string, epochs: number): Mark {
  const ticks = Math.max(1, Math.min(epochs, 6));
  return {
    type: 'group',
    encode: { enter: { width: { value: PANEL.width }, height: { value: PANEL.height } } },
    scales: [
      {
        name: 'y',
        type: 'linear',
        zero: false,
        nice: 5,
        domain: { data, field: 'value' },
        range: [PANEL.height, 0],
      },
    ],
    axes: [
      {
        orient: 'left',
        scale: 'y',
        grid: true,
        tickCount: 5,
        title: NATS.has(key) ? 'nats per example' : key,
        domain: false,
        ticks: false,
        labelPadding: 6,
      },
      { orient: 'bottom', scale: 'x', tickCount: ticks, tickMinStep: 1, format: 'd', title: 'epoch' },
    ],
    marks: [
      // A text mark and not Vega's title, which stands above the axis labels: the headings of panels would differ in
      // height.
      {
        type: 'text',
        encode: {
          enter: {
            text: { value: key },
            x: { value: PANEL.width / 2 },
            y: { value: -12 },
            align: { value: 'center' },
            fontSize: { value: 12 },
            fontWeight: { value: 'bold' },
            font: { value: PLOT_STYLE.font },
            fill: { value: PLOT_STYLE.text },
          },
        },
      },
      {
        type: 'group',
        from: { facet: { name: `${data}-series`, data, groupby: 'series' } },
        marks: [
          {
            type: 'line',
            from: { data: `${data}-series` },
            encode: {
              enter: {
                ...place(),
                strokeWidth: { value: 2 },
                strokeDash: { scale: 'dash', field: 'series' },
                strokeJoin: { value: 'round' },
              },
            },
          },
          {
            type: 'symbol',
            from: { data: `${data}-series` },
            encode: {
              enter: {
                ...place(),
                fill: { value: 'white' },
                strokeWidth: { value: 1.5 },
                size: { value: epochs > 40 ? 0 : 22 },
              },
            },
          },
        ],
      },
    ],
  };
}

function place() {
  return {
    x: { scale: 'x', field: 'epoch' },
    y: { scale: 'y', field: 'value' },
    stroke: { scale: 'colour', field: 'series' },
  };
}
