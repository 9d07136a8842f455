import * as tf from '@tensorflow/tfjs';
import { batchTensors } from '../../data/batch';
import { batchesOf } from '../../data/batches';
import type { Source } from '../../data/source';
import type { ArrayData } from '../../data/training-data';
import { LatentTotals, latentSums } from '../../evaluation/latent-sums';
import type { VaeModel } from '../../models/model';
import { openData } from '../../models/open-data';
import { checkCount } from '../../ops/check';
import { checkKeys } from '../../ops/check-keys';
import { tidy } from '../../ops/tidy';
import { Rng } from '../../random/rng';
import { requireTrainer, type TrainerCallback, type TrainerHandle } from '../callbacks';

/** What `watchLatents` takes. */
export type WatchLatentsOptions = {
  /** What is encoded: x `[count, …event]` as a tensor or an array, or `{ x, condition, … }`. Some 1,000 examples do. */
  data: ArrayData;
  /** Gets each report; a promise that it returns is awaited. */
  onReport: (report: LatentsReport) => unknown;
  /** Epochs from one report to the next. Default 1. */
  every?: number;
  /** A unit whose KL is below this is dead (nats per example). Default 0.01. */
  threshold?: number;
  /** Examples at a time. Default 128. */
  batchSize?: number;
  /** Seed of the noise, which matters where a KL has no closed form. Default 0. */
  seed?: number;
};

/** How the latent variables of a model are used. */
export type LatentsReport = {
  /** The epoch that has ended, from 0. */
  epoch: number;
  /** Completed optimizer steps. */
  step: number;
  /** Each latent variable of the model. */
  latents: LatentReport[];
  /** Posterior collapse: every unit of every latent variable is dead. */
  collapsed: boolean;
};

/** How one latent variable is used. Units are numbered along the flattened event. */
export type LatentReport = {
  /** Its name among the latents of the model. */
  name: string;
  /** KL(q(z | x) ‖ p(z)), mean over the data, nats per example. */
  kl: number;
  /** The KL of each unit; absent where posterior or prior do not factorise. */
  klPerUnit?: number[];
  /** Variance over the data of each unit's posterior mean. */
  meanVariance: number[];
  /** Units with a variance above 0.01. */
  active: number[];
  /** Units with a KL below the threshold; where that is not known, those that are not active. */
  dead: number[];
  /** Whether all units are dead. */
  collapsed: boolean;
};

/** The threshold of Burda et al.; the two kinds of unit are so far apart that its value hardly matters. */
const ACTIVE_VARIANCE = 0.01;

/**
 * Tells how many latent units are used, and notices posterior collapse: after every so many epochs, to a function and
 * never to the console.
 *
 * The KL of unit d is `E_x KL(q(z_d | x) ‖ p(z_d))`, closed where it can be, else from one sample per example. A unit
 * is active if `Var_x(E_q[z_d | x]) > 0.01`: Burda et al. 2016 (arXiv 1509.00519, section 5). The model runs without
 * dropout, on noise of its own, so watching never changes training; transforms of the trainer are not applied, and it looks at the weights that are
 * trained, not at the averages of `ema`.
 *
 * @throws When an option is out of range. Before training: when the data do not fit the model.
 * @example
 * ```ts
 * const dead: number[][] = [];
 * const watch = watchLatents({ data: xTest, onReport: ({ latents }) => dead.push(latents[0]!.dead) });
 * await trainer.fit(xTrain, { epochs: 5, callbacks: watch });
 * ```
 */
export function watchLatents(options: WatchLatentsOptions): TrainerCallback {
  const own = ['data', 'onReport', 'every', 'threshold', 'batchSize', 'seed'] as const;
  checkKeys('watchLatents', options, own, {}, ['data', 'onReport']);
  const { data, onReport, every = 1, threshold = 0.01, batchSize = 128, seed = 0 } = options;
  if (typeof onReport !== 'function') {
    throw new Error(`watchLatents: onReport must be a function, got ${String(onReport)}`);
  }
  checkCount('watchLatents', 'every', every);
  checkCount('watchLatents', 'batchSize', batchSize);
  if (!(threshold > 0 && threshold < Infinity)) {
    throw new Error(`watchLatents: threshold must be a positive number of nats, got ${threshold}`);
  }
  const rng = new Rng(seed).fork('watchLatents');
  let trainer: TrainerHandle | undefined;
  let source: Source | undefined;
  return {
    firstProcessOnly: true,
    setTrainer(handle) {
      trainer = handle;
    },
    async onTrainBegin() {
      const { model } = requireTrainer('watchLatents', trainer);
      source = (await openData('watchLatents: data', data, model)).source;
      if (source.kind === 'stream') throw new Error('watchLatents: data must be tensors or arrays, got a stream');
      if (source.size < 2) throw new Error('watchLatents: data must hold at least 2 examples, got 1');
    },
    async onEpochEnd(epoch) {
      if ((epoch + 1) % every !== 0 || !source) return;
      const { model, steps: step } = requireTrainer('watchLatents', trainer);
      const totals = await gather(model, source, { step, rng, batchSize });
      const latents = [...totals].map(([name, total]) => reportOf(name, total, threshold));
      const collapsed = latents.length > 0 && latents.every(latent => latent.collapsed);
      await onReport({ epoch, step, latents, collapsed });
    },
  };
}

async function gather(model: VaeModel, source: Source, options: { step: number; rng: Rng; batchSize: number }) {
  const { step, rng, batchSize } = options;
  const totals = new Map<string, LatentTotals>();
  for await (const { batch, rows } of batchesOf('watchLatents: data', source, { batchSize })) {
    const context = { step, rng: rng.forRows(rows), training: false };
    const parts = tidy(() => model.pass(batch, context).latents.map(l => ({ name: l.name, ...latentSums(l) })));
    tf.dispose(batchTensors(batch));
    try {
      for (const { name, kl, units, means } of parts) {
        const [total, perUnit, values] = await Promise.all([kl.data(), units?.data(), means.data()]);
        const sums = totals.get(name) ?? new LatentTotals();
        totals.set(name, sums);
        sums.add({ kl: total[0]!, units: perUnit, means: values }, rows.length);
      }
    } finally {
      tf.dispose(parts.map(({ name: _, ...tensors }) => tensors));
    }
  }
  return totals;
}

function reportOf(name: string, totals: LatentTotals, threshold: number): LatentReport {
  const result = totals.result();
  const { klPerUnit, meanVariance } = result;
  const units = meanVariance.map((_, d) => d);
  const active = units.filter(d => meanVariance[d]! > ACTIVE_VARIANCE);
  const dead = units.filter(d => (klPerUnit ? klPerUnit[d]! < threshold : !active.includes(d)));
  return { name, ...result, active, dead, collapsed: dead.length === units.length };
}
