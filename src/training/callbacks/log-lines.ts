import type { Json } from '../../io/plain-json';
import { checkCount } from '../../ops/check';
import { checkKeys } from '../../ops/check-keys';
import { requireTrainer, type TrainerCallback, type TrainerHandle } from '../callbacks';
import type { Logs } from '../history';

/** Takes one line, without a line break at its end; a promise that it returns is awaited. */
export type WriteLine = (line: string) => unknown;

/** When a line is written. */
export type LogLinesOptions = {
  /**
   * `'epoch'`: the means of each epoch, `val_…` included. A number n: the numbers of every n-th step. Default
   * `'epoch'`.
   */
  every?: 'epoch' | number;
};

/** What `csvLog` takes. */
export type CsvLogOptions = LogLinesOptions & {
  /** The columns. By default the keys of the first record. */
  columns?: readonly string[];
  /** The name by which a checkpoint finds its state again. Default `'csvLog'`. */
  name?: string;
};

/**
 * Writes the numbers of training as lines of JSON: `{"epoch":0,"step":469,"loss":…}`, `step` being the number of
 * completed steps.
 *
 * JSON has no NaN and no infinities: they are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`, which `Number` reads
 * back. A run that is resumed writes the lines since its checkpoint again; where two lines are of one step, the later
 * one counts.
 *
 * @param write Gets each line: `appendTo(path)` of `tfjs-vae/node`, or `line => void lines.push(line)`.
 * @throws When `every` is neither `'epoch'` nor a positive integer.
 * @example
 * ```ts
 * const lines: string[] = [];
 * await trainer.fit(xTrain, { epochs: 2, callbacks: jsonLines(line => lines.push(line), { every: 100 }) });
 * ```
 */
export function jsonLines(write: WriteLine, options: LogLinesOptions = {}): TrainerCallback {
  checkKeys('jsonLines', options, ['every']);
  const { every = 'epoch' } = options;
  checkWrite('jsonLines', write);
  return records('jsonLines', every, record => write(JSON.stringify(record, finiteOrText)));
}

/**
 * Writes the numbers of training as CSV (RFC 4180): first the names of the columns, then a line for each record.
 *
 * The columns never change: by default they are the keys of the first record, and a key that comes later is left out;
 * name it in `columns`, or take `jsonLines`. A column that a record lacks is empty. NaN and infinities are `NaN`,
 * `Infinity` and `-Infinity`. A checkpoint holds the columns, so a resumed run writes no second head; it writes the
 * lines since its checkpoint again.
 *
 * @param write Gets each line: `appendTo(path)` of `tfjs-vae/node`, or `line => void lines.push(line)`.
 * @throws When `every` is neither `'epoch'` nor a positive integer, or `columns` are none or doubled.
 * @example
 * ```ts
 * const lines: string[] = [];
 * const log = csvLog(line => lines.push(line), { columns: ['epoch', 'elbo', 'val_elbo'] });
 * await trainer.fit(xTrain, { epochs: 2, validationData: xTest, callbacks: log });
 * ```
 */
export function csvLog(write: WriteLine, options: CsvLogOptions = {}): TrainerCallback {
  checkKeys('csvLog', options, ['every', 'columns', 'name']);
  const { every = 'epoch', name = 'csvLog' } = options;
  checkWrite('csvLog', write);
  if (options.columns && (options.columns.length === 0 || new Set(options.columns).size < options.columns.length)) {
    throw new Error(`csvLog: columns must be different names, at least one, got [${options.columns.join(', ')}]`);
  }
  let columns: readonly string[] | undefined;
  const callback = records('csvLog', every, async record => {
    if (!columns) {
      const head = options.columns ?? Object.keys(record);
      await write(head.map(quoted).join(','));
      columns = head;
    }
    await write(columns.map(key => (Object.hasOwn(record, key) ? String(record[key]) : '')).join(','));
  });
  return {
    ...callback,
    name,
    state: () => ({ columns: columns ?? null }),
    loadState(state) {
      columns = savedColumns(state);
    },
  };
}

/** A callback that hands on the numbers of each epoch, or of every n-th step. */
function records(owner: string, every: 'epoch' | number, emit: (record: Logs) => unknown): TrainerCallback {
  if (every !== 'epoch') checkCount(owner, 'every', every);
  let trainer: TrainerHandle | undefined;
  const setTrainer = (handle: TrainerHandle) => {
    trainer = handle;
  };
  if (every === 'epoch') {
    return {
      firstProcessOnly: true,
      setTrainer,
      onEpochEnd: (epoch, logs) => emit({ epoch, step: requireTrainer(owner, trainer).steps, ...logs }),
    };
  }
  let at = { epoch: 0, step: 0 };
  return {
    firstProcessOnly: true,
    setTrainer,
    // Counted from here, since the trainer is some steps ahead of the numbers that come back.
    onEpochBegin(epoch) {
      at = { epoch, step: requireTrainer(owner, trainer).steps };
    },
    onBatchEnd(_batch, logs) {
      at.step++;
      return at.step % every === 0 ? emit({ ...at, ...logs }) : undefined;
    },
  };
}

function finiteOrText(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function savedColumns(state: Json): readonly string[] | undefined {
  const columns = typeof state === 'object' && state !== null && 'columns' in state ? state.columns : undefined;
  if (columns === null) return undefined;
  if (Array.isArray(columns) && columns.every(column => typeof column === 'string')) return columns;
  throw new Error(`csvLog: the saved state has no columns, got ${JSON.stringify(state)}`);
}

function checkWrite(owner: string, write: WriteLine): void {
  if (typeof write !== 'function') {
    throw new Error(`${owner}: write must be a function that takes a line, got ${String(write)}`);
  }
}
