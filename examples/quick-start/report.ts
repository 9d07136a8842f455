import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendReport, Evaluation, History } from 'tfjs-vae';
import type { ExampleData } from '../support/images';
import type { LatentView, References } from './measure';
import type { Options } from './options';
import type { Picture } from './pictures';

export type Report = {
  options: Options & { batchSize: number };
  data: ExampleData;
  backend: BackendReport;
  history: History;
  test: Evaluation;
  view: LatentView;
  references: References;
  steps: number;
  seconds: number;
  interrupted: boolean;
};

/** A dimension that tells less than this is not in use. */
const ACTIVE = 0.1;

/** Everything that another program would want to know, as `metrics.json`. */
export async function saveMetrics(report: Report): Promise<void> {
  const { options, data, backend, history, test, view, references, steps, seconds, interrupted } = report;
  const metrics = {
    config: options,
    data: { name: data.name, train: data.train.images.shape[0], test: data.test.images.shape[0] },
    seed: history.seed,
    backend: { name: backend.backend, replacedKernels: backend.changes.map(({ kernel }) => kernel) },
    unit: 'nats per example',
    test,
    references,
    klPerDimension: view.klPerDimension,
    activeDimensions: active(view),
    epochs: history.epoch.length,
    steps,
    seconds: Number(seconds.toFixed(2)),
    interrupted,
    history: history.history,
  };
  await writeFile(join(options.out, 'metrics.json'), `${JSON.stringify(metrics, null, 2)}\n`);
}

/** What came out, for people. */
export function describe(report: Report, pictures: readonly Picture[]): string {
  const { options, data, history, test, view, references, steps, seconds, interrupted } = report;
  const { beta } = options;
  const images = (n: number) => n.toLocaleString('en-US');
  const rows: [string, number, string][] = [
    ['−ELBO', -test.elbo, 'reconstruction + KL; −log p(x) is at most this'],
    ['reconstruction', test.reconstruction, 'what the decoder gets wrong, as −log p(x|z)'],
    ['KL', test.kl, `what the code tells, in ${active(view)} of ${view.order.length} dimensions in use`],
  ];
  if (beta !== 1) rows.push(['loss', test.loss, `reconstruction + ${beta} · KL, which was minimised`]);
  const files = [...pictures, { file: 'metrics.json', shows: 'all numbers, with the settings of this run' }];
  const width = Math.max(...files.map(({ file }) => file.length));
  return [
    '',
    `${interrupted ? `Interrupted after ${plural(steps, 'step')}` : `Trained ${plural(history.epoch.length, 'epoch')}`} on ${images(data.train.images.shape[0]!)} images (${data.name}) in ${seconds.toFixed(0)} s.`,
    '',
    `On ${images(data.test.images.shape[0]!)} test images, in nats per image; less is better:`,
    ...rows.map(([name, value, means]) => `  ${name.padEnd(14)} ${value.toFixed(2).padStart(8)}   ${means}`),
    '',
    `For scale: the average image in place of a model costs ${references.averageImage.toFixed(1)}; the pixels are grey,`,
    `so even the original itself as the reconstruction costs ${references.floor.toFixed(1)}.`,
    '',
    `In ${options.out}:`,
    ...files.map(({ file, shows }) => `  ${file.padEnd(width)}  ${shows}`),
  ].join('\n');
}

function active({ klPerDimension }: LatentView): number {
  return klPerDimension.filter(kl => kl > ACTIVE).length;
}

function plural(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`;
}
