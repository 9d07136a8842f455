import type { History, Logs } from '../training/history';
import type { Resumed } from '../training/resume';
import type { Picture } from './picture';

/** Numbers of a step or an epoch, as the callbacks of the trainer get them. */
export type TrainingLogs = {
  /** What the numbers describe: one batch, or an epoch, whose means they are. */
  of: 'batch' | 'epoch';
  /** The epoch, from 0. */
  epoch: number;
  /** Completed optimizer steps. */
  steps: number;
  /** `loss`, `elbo`, …; an epoch has `val_…` as well. */
  logs: Logs;
};

/** A picture made while training. */
export type TrainingPicture = Picture & {
  /** Completed optimizer steps. */
  steps: number;
};

/** A checkpoint that is in its store. */
export type SavedCheckpoint = {
  /** The file in the store. */
  name: string;
  /** Completed optimizer steps. */
  steps: number;
  /** The file itself, where the worker was asked to send it. */
  bytes?: Uint8Array;
};

/** The checkpoint that a run goes on from. */
export type ResumedRun = Resumed & {
  /** The history of the epochs before it. */
  history: History;
};

/** An error as plain data: structured cloning keeps neither custom names nor all fields. */
export type PlainError = { name: string; message: string; stack?: string };

/** Messages on the worker itself. The user's own messages may pass there as well, so ours are told by one key. */
export type Greeting<Config = unknown> = {
  /** The page asks who is there; the worker says so, now or as soon as it can; the page then starts a run. */
  'tfjs-vae': 'hello' | 'ready' | { start: Config; port: MessagePort };
};

/** Messages on the port of one run, to the worker. */
export type ToWorker = 'stop';

/** Messages on the port of one run, to the page; the last one is `done` or `failed`. */
export type ToPage =
  | { alive: true }
  | { lock: string }
  | { resumed: ResumedRun }
  | { logs: TrainingLogs[] }
  | { picture: TrainingPicture }
  | { checkpoint: SavedCheckpoint }
  | { done: History }
  | { failed: PlainError };

/** What a message of ours says; undefined for any other message, also one that only looks like ours. */
export function greetingIn<Config>(data: unknown): Greeting<Config>['tfjs-vae'] | undefined {
  const said = isRecord(data) ? data['tfjs-vae'] : undefined;
  if (said === 'hello' || said === 'ready') return said;
  if (!isRecord(said) || !('start' in said) || !(said['port'] instanceof MessagePort)) return undefined;
  return said as { start: Config; port: MessagePort };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

export function toPlain(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  return { name, message, ...(stack !== undefined && { stack }) };
}

export function fromPlain({ name, message, stack }: PlainError): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
