import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { Spec } from 'vega';
import { importOptional } from './import-optional';
import { writeFileIn } from './write-file';

/** What all plots have in common. */
export const PLOT_STYLE = {
  font: 'DejaVu Sans',
  text: '#2b2f36',
  muted: '#6b7280',
  line: '#c9ced6',
  grid: '#eceef2',
} as const;

export const PLOT_CONFIG: NonNullable<Spec['config']> = {
  axis: {
    labelFont: PLOT_STYLE.font,
    titleFont: PLOT_STYLE.font,
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titlePadding: 10,
    labelColor: PLOT_STYLE.muted,
    titleColor: PLOT_STYLE.text,
    domainColor: PLOT_STYLE.line,
    tickColor: PLOT_STYLE.line,
    tickSize: 4,
    gridColor: PLOT_STYLE.grid,
  },
  legend: {
    labelFont: PLOT_STYLE.font,
    titleFont: PLOT_STYLE.font,
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelColor: PLOT_STYLE.text,
    titleColor: PLOT_STYLE.text,
  },
  title: { font: PLOT_STYLE.font, fontSize: 15, fontWeight: 'bold', color: PLOT_STYLE.text, anchor: 'start' },
};

/** Refuses a file name that is neither .svg nor .png before anything is computed. */
export function plotFormat(owner: string, path: string): 'svg' | 'png' {
  const extension = extname(path).toLowerCase();
  if (extension === '.svg') return 'svg';
  if (extension === '.png') return 'png';
  throw new Error(`${owner}: path must end in .svg or .png, got ${path}`);
}

/** Draws a Vega specification without a screen, and writes it as SVG, or as PNG at twice its size. */
export async function savePlot(owner: string, path: string, spec: Spec): Promise<void> {
  const format = plotFormat(owner, path);
  const vega = await importOptional(owner, 'vega', () => import('vega'));
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logLevel: vega.Error });
  const svg = await view.toSVG();
  view.finalize();
  if (format === 'svg') return writeFileIn(path, svg);
  const { Resvg } = await importOptional(owner, '@resvg/resvg-js', () => import('@resvg/resvg-js'));
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    background: 'white',
    // A bare machine has no fonts, and resvg leaves out text that it has no font for.
    font: { fontFiles: fontFiles(owner), loadSystemFonts: false, defaultFontFamily: PLOT_STYLE.font },
  });
  return writeFileIn(path, image.render().asPng());
}

function fontFiles(owner: string): string[] {
  let folder = '';
  try {
    folder = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  } catch {}
  const files = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map(file => join(folder, file));
  if (!files.every(file => existsSync(file))) {
    throw new Error(
      `${owner}: text in a .png needs the package dejavu-fonts-ttf, which is not installed: npm install dejavu-fonts-ttf`,
    );
  }
  return files;
}
