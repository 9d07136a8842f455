// The members of the catalogue on models whose log p(x) is known, and on MNIST, beside independent trainers in PyTorch.
import {
  couplingFlow,
  type Family,
  flowFamily,
  iafFlow,
  lowRankNormalFamily,
  multivariateNormalFamily,
  normalFamily,
  planarFlow,
} from 'tfjs-vae';
import { countsRun } from './catalogue/counts';
import { mnistCatalogue } from './catalogue/mnist-rows';
import { concreteRun, type GapRunOptions, gapRun } from './catalogue/posteriors';
import { sphereRun, spheres } from './catalogue/sphere';
import { tableRun } from './catalogue/table';
import { type Flags, type Report, since } from './report';

const flow = (...flows: ReturnType<typeof planarFlow>[]) => flowFamily({ base: normalFamily(), flow: flows });
const posteriors: Record<string, () => Family> = {
  diagonal: () => normalFamily(),
  full: () => multivariateNormalFamily(),
  lowRank: () => lowRankNormalFamily({ rank: 1 }),
  planar: () => flow(planarFlow({ steps: 8 })),
  iaf: () => flow(iafFlow({ steps: 4, hidden: 64, seed: 1 })),
  coupling: () => flow(couplingFlow({ steps: 4, hidden: 64, context: 32, seed: 1 })),
};

type GapRow = { of: string; reference: number; low: number; high: number };
const below = (of: string, reference: number, high: number): GapRow => ({ of, reference, low: 0, high });
const near = (of: string, reference: number): GapRow => ({
  of,
  reference,
  low: reference - 0.02,
  high: reference + 0.02,
});

/** Gaps between the exact log p(x) and the ELBO, nats, and what they have to be within. */
const gaps: Record<GapRunOptions['model'], readonly GapRow[]> = {
  sum: [
    { of: 'diagonal', reference: 0.923, low: 0.92, high: 0.95 },
    below('full', 0.001, 0.01),
    below('lowRank', 0.001, 0.01),
    below('planar', 0.001, 0.01),
  ],
  curve: [
    near('diagonal', 0.774),
    near('full', 0.643),
    below('planar', 0.021, 0.06),
    below('iaf', 0.028, 0.06),
    below('coupling', 0.021, 0.06),
  ],
  abs: [near('diagonal', 0.403), near('full', 0.401), below('planar', 0.013, 0.06)],
};

export async function catalogue(report: Report, { data, only }: Flags): Promise<void> {
  const wants = (name: string) => !only || only.split(',').includes(name);
  for (const [model, rows] of Object.entries(gaps) as [GapRunOptions['model'], readonly GapRow[]][]) {
    for (const { of, reference, low, high } of rows) {
      if (!wants(model) && !wants(`${model}-${of}`)) continue;
      const started = performance.now();
      const { gap } = await gapRun({ model, posterior: posteriors[of]!(), seed: 1 });
      const seconds = since(started);
      const ok = gap >= low && gap <= high;
      report.add({
        run: `${model}, ${of}`,
        seed: 1,
        quantity: 'gap',
        result: gap,
        reference: `${reference}`,
        ok,
        seconds,
      });
    }
  }
  for (const name of ['s2', 's9'] as const) {
    if (!wants(name)) continue;
    const started = performance.now();
    const { size, reference, low, high } = spheres[name];
    const { gap } = await sphereRun({ name, seed: 1 });
    const ok = gap >= low && gap <= high;
    const run = `points of a sphere in ${size} dimensions, power spherical`;
    report.add({ run, seed: 1, quantity: 'gap', result: gap, reference, ok, seconds: since(started) });
  }
  for (const [temperature, reference] of [
    [0.3, 0.026],
    [0.67, 0.14],
    [1, 0.353],
  ] as const) {
    if (!wants('concrete')) continue;
    const started = performance.now();
    const { gap } = await concreteRun({ temperature, seed: 1 });
    const ok = Math.abs(gap - reference) <= 0.05;
    report.add({
      run: `six Gaussians, Concrete at temperature ${temperature}`,
      seed: 1,
      quantity: 'gap of the discrete bound',
      result: gap,
      reference: `${reference}`,
      ok,
      seconds: since(started),
    });
  }
  if (wants('counts')) await exact(report, '20 negative binomials', () => countsRun({ zeroInflated: false, seed: 1 }));
  if (wants('zeros')) await exact(report, 'the same, zero-inflated', () => countsRun({ zeroInflated: true, seed: 1 }));
  if (wants('table')) await exact(report, 'a table of mixed columns', () => tableRun({ seed: 1 }));
  await mnistCatalogue(report, data, wants);
}

type Exact = { trueLogP: number; learnedLogP: number; elbo: number };

/** A learned decoder: within 0.15 nats of the true one, and its ELBO within 0.2 of its own exact log p(x). */
async function exact(report: Report, run: string, train: () => Promise<Exact>): Promise<void> {
  const started = performance.now();
  const { trueLogP, learnedLogP, elbo } = await train();
  const ok = Math.abs(learnedLogP - trueLogP) <= 0.15 && elbo <= learnedLogP + 0.02 && elbo >= learnedLogP - 0.2;
  report.add({
    run,
    seed: 1,
    quantity: `log p of the true model ${trueLogP.toFixed(3)}, of the learned one ${learnedLogP.toFixed(3)}, ELBO`,
    result: elbo,
    reference: 'within 0.15 of each other, ELBO within 0.2',
    ok,
    seconds: since(started),
  });
}
