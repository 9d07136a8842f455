import * as tf from '@tensorflow/tfjs';
import { type Batch, batchTensors } from '../../data/batch';
import { type BatchOptions, batchesOf } from '../../data/batches';
import type { NumberedBatch } from '../../data/numbered-batch';
import type { ReadQueue } from '../../data/read-queue';
import { sizeOf } from '../../data/source';
import { checkBatch, givenTo } from '../../models/check-data';
import { countBatch } from '../progress';
import { callIdle, type Run } from '../run';
import { readingHandler } from '../train-on';
import { failTogether, ranksWith } from './exchange';
import type { Group } from './group';
import { probe, sliceBatch } from './probe';
import { places, shareOf } from './share';
import { groupStep, type Outcome } from './step';

/** What the steps of an epoch have in common. */
type Walk = {
  group: Group;
  run: Run;
  queue: ReadQueue;
  /** One example, which stands in where this process has none. */
  spare: Batch;
};

/**
 * The steps of an epoch of several processes. All of them make the same ones: a process that has no example at a step,
 * or is to stop, still takes part in the sum.
 *
 * @param probes Whether the first batch is looked at before its step.
 */
export async function stepsTogether(
  group: Group,
  run: Run,
  queue: ReadQueue,
  options: BatchOptions,
  probes: boolean,
): Promise<void> {
  const { data, state } = run;
  const size = sizeOf(data.source);
  const { batchSize, start = 0 } = options;
  const share = (rows: Uint32Array) => rows.subarray(...shareOf(rows.length, group));
  const batches = batchesOf(data.owner, data.source, { ...options, share });
  const next = async () => (await batches.next()).value as NumberedBatch | undefined;
  let upcoming = await next();
  const spare = await spareBatch(run, upcoming);
  try {
    if (probes) await failTogether(group, upcoming && (await probeFirst(group, run, upcoming, start)));
    if ((await ranksWith(group, !spare)).length > 0) return run.trainer.stop();
    const end = size === undefined ? Number.POSITIVE_INFINITY : Math.ceil(size / batchSize);
    for (let index = start; index < end; index++) {
      // A small last batch may have no row for this process; a stream has what comes next.
      const own = size === undefined || upcoming?.index === index ? upcoming : undefined;
      if (own) upcoming = undefined;
      const kind = await stepOn({ group, run, queue, spare: spare! }, index, own?.batch);
      if (kind === 'stopped') return run.trainer.stop();
      if (kind === 'over') return;
      countBatch(state.progress, index);
      await callIdle(run, queue, 'step');
      await run.pacer.turn();
      if (own) upcoming = await next();
    }
  } finally {
    tf.dispose([upcoming ? batchTensors(upcoming.batch) : [], spare ? batchTensors(spare) : []]);
    await batches.return(undefined);
  }
}

/** One step; the numbers of it are read later, and the batch is disposed of then. */
async function stepOn({ group, run, queue, spare }: Walk, index: number, own?: Batch): Promise<Outcome['kind']> {
  const { state, data, callbacks, signal } = run;
  const leaving = signal.aborted;
  const batch = own ?? spare;
  const examples = own && !leaving ? batch.x.shape[0]! : 0;
  const release = () => tf.dispose(own ? batchTensors(own) : []);
  const whole = wholeBatch(run, index) ?? examples;
  const first = firstPlace(run, group, index);
  const step = state.progress.steps;
  let outcome: Outcome;
  try {
    if (!leaving) await callbacks.call('onBatchBegin', index, { batch: index, size: whole });
    checkBatch(`${data.owner}: batch ${index}`, batch, givenTo(state.model, state.transforms));
    // The sums of streams have the scale of one example, since nobody knows the whole yet.
    outcome = await groupStep(
      state,
      group,
      { batch, examples, first, whole: wholeBatch(run, index) ?? 1, leaving },
      data,
    );
  } catch (error) {
    release();
    throw error;
  }
  if (outcome.kind !== 'made') {
    release();
    return outcome.kind;
  }
  callbacks.step();
  const rows = places(first, first + batch.x.shape[0]!);
  const handle = readingHandler(run, batch, { step, index, size: outcome.examples, rows });
  await queue.push(outcome.reading, handle, release);
  return 'made';
}

/** How many examples the batch of the group has, where that is known. */
function wholeBatch({ data, batchSize }: Run, index: number): number | undefined {
  const size = sizeOf(data.source);
  return size === undefined ? undefined : Math.min(batchSize, size - index * batchSize);
}

/** Nobody knows how many rows of a stream the other processes have: their places are far apart. */
const FAR = 2 ** 20;

/** The place of the first example of this process in the batch of the group. */
function firstPlace(run: Run, group: Group, index: number): number {
  const whole = wholeBatch(run, index);
  return whole === undefined ? group.rank * FAR : shareOf(whole, group)[0];
}

/** Looks at the first batch. Where nobody has two examples, the first rows stand in: one shows nothing of what couples. */
async function probeFirst(group: Group, run: Run, { batch }: NumberedBatch, start: number): Promise<Error | undefined> {
  const { data, state, batchSize } = run;
  const first = firstPlace(run, group, start);
  if (batchSize === 1 || batchSize > group.size || data.source.kind === 'stream') return probe(state, batch, first);
  for await (const two of batchesOf(data.owner, data.source, { batchSize: 2 })) {
    try {
      return await probe(state, two.batch, first);
    } finally {
      tf.dispose(batchTensors(two.batch));
    }
  }
  return undefined;
}

/** One example: of the first batch, or the first row of the data; none where nothing came before the end was asked for. */
async function spareBatch({ data, signal }: Run, upcoming: NumberedBatch | undefined): Promise<Batch | undefined> {
  if (upcoming) return sliceBatch(upcoming.batch, 0, 1);
  if (data.source.kind === 'stream' || signal.aborted) return undefined;
  for await (const { batch } of batchesOf(data.owner, data.source, { batchSize: 1, order: Uint32Array.of(0) })) {
    return batch;
  }
  return undefined;
}
