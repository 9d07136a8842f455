import * as tf from '@tensorflow/tfjs';
import { compare } from '../../io/compare-settings';
import { describeSetting } from '../../io/describe-setting';
import type { Json } from '../../io/plain-json';
import type { OpenData } from '../../models/open-data';
import type { Run } from '../run';
import { dataHeadOf, settingsOf } from '../settings';
import { fixedVariables } from '../snapshot';
import { broadcastJson, failTogether } from './exchange';
import type { Group } from './group';

/** @throws In all processes, when one of them runs with other settings or other data than process 0. */
export async function checkSameProgram(group: Group, run: Run, end: number): Promise<void> {
  const own = await programOf(run, end);
  const { changed } = compare(await broadcastJson(group, own), own, 'fit');
  const shown = changed.slice(0, 3).map(({ setting, was, now }) => `${setting} is ${now}, not ${was}`);
  const error = new Error(
    `fit: process ${group.rank} does not run what process 0 runs: ${shown.join('; ')}; start the same program with the same data in every process`,
  );
  await failTogether(group, changed.length > 0 ? error : undefined);
}

/** What must be the same in all processes. The configuration of the model is left out: it may hold drawn seeds. */
async function programOf({ state, data, validation, batchSize, skips, order }: Run, end: number): Promise<Json> {
  const { progress } = state;
  const { model: _, ...settings } = settingsOf(state);
  const variables = Object.entries(fixedVariables(state)).map(([path, { shape, dtype, trainable }]): [string, Json] => [
    path,
    `${dtype} [${shape}]${trainable ? '' : ', not trained'}`,
  ]);
  const rows = await order(progress.epoch);
  return {
    ...settings,
    backend: tf.getBackend(),
    variables: Object.fromEntries(variables),
    batchSize,
    end,
    onNonFinite: skips ? 'skip' : 'throw',
    steps: progress.steps,
    epoch: progress.epoch,
    batch: progress.batch,
    data: await headOf(data),
    validationData: validation ? await headOf(validation) : 'absent',
    firstRows: describeSetting([...(rows?.subarray(0, 4) ?? [])]),
  };
}

/** Every process has its own part of a stream. */
async function headOf({ source }: OpenData): Promise<Json> {
  return source.kind === 'stream' ? 'a stream' : ((await dataHeadOf(source, true)) ?? null);
}
