import { FileFormatError } from '../data/file-format-error';
import type { History, Series, Sums } from './history';
import type { Progress } from './progress';

/**
 * The progress in a file, field by field: the checksum finds damage, this finds files that somebody else made.
 *
 * @returns A fresh object with the known fields alone.
 * @throws FileFormatError When a field is not what a trainer needs.
 */
export function parseProgress(value: unknown): Progress {
  const all = fieldsOf(value, 'progress');
  const batchSize = optionalCount(all, 'batchSize');
  const run = all.get('run');
  if (run !== undefined && typeof run !== 'string') throw wrong('run', 'text', run);
  const mixing = all.get('mixing');
  if (mixing !== undefined && typeof mixing !== 'string') throw wrong('mixing', 'text', mixing);
  return {
    ...(run !== undefined && { run }),
    steps: count(all, 'steps'),
    epoch: count(all, 'epoch'),
    batch: count(all, 'batch'),
    sums: sumsOf(all.get('sums')),
    skipped: count(all, 'skipped'),
    size: optionalCount(all, 'size'),
    ...(batchSize !== undefined && { batchSize }),
    ...(mixing !== undefined && { mixing }),
    datasetSize: optionalCount(all, 'datasetSize'),
    history: historyOf(all.get('history')),
  };
}

function sumsOf(value: unknown): Sums {
  const sums = [...fieldsOf(value, 'sums')].map(([key, pair]): [string, [number, number]] => {
    if (!isNumbers(pair) || pair.length !== 2) throw wrong(`sums of '${key}'`, 'two numbers', pair);
    return [key, [pair[0]!, pair[1]!]];
  });
  return Object.fromEntries(sums);
}

function historyOf(value: unknown): History {
  const all = fieldsOf(value, 'history');
  const epoch = all.get('epoch');
  if (!isNumbers(epoch) || !epoch.every(isCount)) throw wrong('history.epoch', 'numbers of epochs', epoch);
  const series = [...fieldsOf(all.get('history'), 'history.history')].map(([key, numbers]): [string, number[]] => {
    if (!isNumbers(numbers) || numbers.length !== epoch.length) {
      throw wrong(`history of '${key}'`, `${epoch.length} numbers, one for each epoch`, numbers);
    }
    return [key, numbers];
  });
  const seed = all.get('seed');
  if (!Number.isSafeInteger(seed)) throw wrong('history.seed', 'a whole number', seed);
  // Older files lack these two where no epoch had a number. The other series keep the order that the run gave them.
  const complete = new Map(series);
  for (const key of ['loss', 'reconstruction']) {
    if (!complete.has(key))
      complete.set(
        key,
        epoch.map(() => Number.NaN),
      );
  }
  return { epoch, history: Object.fromEntries(complete) as Series, seed: seed as number };
}

function count(all: Map<string, unknown>, key: string): number {
  const value = all.get(key);
  if (!isCount(value)) throw wrong(key, 'a count', value);
  return value;
}

function optionalCount(all: Map<string, unknown>, key: string): number | undefined {
  return all.has(key) ? count(all, key) : undefined;
}

/** Own fields: a map has no prototype that a name could reach. */
function fieldsOf(value: unknown, name: string): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name, 'an object', value);
  return new Map(Object.entries(value));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(n => typeof n === 'number');
}

function wrong(name: string, expected: string, got: unknown): FileFormatError {
  const text = JSON.stringify(got) ?? 'nothing';
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return new FileFormatError(`readCheckpoint: ${name} must be ${expected}, got ${shown}`);
}
