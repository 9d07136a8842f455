import type { Legend, Scale } from 'vega';

export type ScatterColours = {
  /** Colours each point: a label or the value of a factor. */
  values: ArrayLike<number>;
  names?: readonly string[] | undefined;
  categorical?: boolean | undefined;
  legend?: string | undefined;
};

/** A colour scale with its legend, and what it takes for the i-th point. */
export type ColourScale = { scale: Scale; legend: Legend; of: (i: number) => string | number };

/** The most labels that a legend can tell apart. */
const MOST_LABELS = 20;

/** Colours by label where the values are labels, else along a colour bar. */
export function colourScale({ values, names, categorical, legend }: ScatterColours): ColourScale {
  const labels = [...new Set(Array.from(values))].sort((a, b) => a - b);
  const asLabels =
    categorical ?? (names !== undefined || (labels.length <= MOST_LABELS && labels.every(Number.isInteger)));
  const title = legend === undefined ? {} : { title: legend };
  if (!asLabels) {
    return {
      scale: {
        name: 'colour',
        type: 'linear',
        domain: { data: 'points', field: 'value' },
        range: { scheme: 'viridis' },
      },
      legend: { fill: 'colour', type: 'gradient', gradientLength: 220, gradientThickness: 14, offset: 24, ...title },
      of: i => values[i]!,
    };
  }
  const nameOf = (label: number) => names?.[label] ?? String(label);
  return {
    scale: {
      name: 'colour',
      type: 'ordinal',
      domain: labels.map(nameOf),
      range: { scheme: labels.length <= 10 ? 'tableau10' : 'tableau20' },
    },
    legend: { fill: 'colour', symbolType: 'circle', symbolSize: 90, symbolStrokeWidth: 0, offset: 24, ...title },
    of: i => nameOf(values[i]!),
  };
}
