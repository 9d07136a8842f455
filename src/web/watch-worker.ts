import { checkKeys } from '../ops/check-keys';

/** How long a page waits for a worker, in seconds. */
export type WorkerLimits = {
  /** Until its first answer, while its script loads. Default 60. */
  start?: number;
  /** Between two signs of life; it gives one a second between its steps. Default 300. */
  silence?: number;
  /** From `stop()` to the end of the run. Default 60. */
  stop?: number;
};

const DEFAULTS: Required<WorkerLimits> = { start: 60, silence: 300, stop: 60 };

const REASONS: Record<keyof WorkerLimits, string> = {
  start: 'the worker has not answered; does its script call serveTraining, and has nothing ended it?',
  silence: 'the worker gives no sign of life: it was ended, or is in an endless loop or a very long step',
  stop: 'the worker has not stopped; terminate() ends it without a checkpoint',
};

/** Says when a worker takes too long: no event tells a page that a worker was ended, or that it is in a loop. */
export type WorkerWatch = {
  /** From now on this limit counts, from zero. */
  begin(limit: keyof WorkerLimits): void;
  /** Notes a sign of life. */
  alive(): void;
  /** Stops counting. */
  end(): void;
};

/**
 * @throws When a limit is unknown or not a positive number.
 */
export function watchWorker(given: WorkerLimits, fail: (error: Error) => void): WorkerWatch {
  checkKeys('trainInWorker: limits', given, ['start', 'silence', 'stop']);
  const limits = { ...DEFAULTS, ...given };
  for (const [name, seconds] of Object.entries(limits)) {
    if (typeof seconds === 'number' && seconds > 0) continue;
    throw new Error(`trainInWorker: limits.${name} must be a positive number of seconds, got ${seconds}`);
  }
  let timer: ReturnType<typeof setInterval> | undefined;
  let ticks = 0;
  let isStopping = false;

  /** Ticks are counted, not time: in a laptop that sleeps, and in a tab that is hidden, both sides have fewer. */
  function begin(limit: keyof WorkerLimits): void {
    end();
    isStopping ||= limit === 'stop';
    if (limits[limit] === Infinity) return;
    ticks = 0;
    timer = setInterval(() => {
      if (++ticks < 20) return;
      end();
      const raise = `limits: { ${limit} } of trainInWorker is ${limits[limit]} s`;
      fail(new Error(`trainInWorker: ${REASONS[limit]} (${raise})`));
    }, 50 * limits[limit]);
  }

  function end(): void {
    clearInterval(timer);
  }

  return {
    begin(limit) {
      // After stop() only the end counts: other signs of life do not extend the wait.
      if (!isStopping) begin(limit);
    },
    alive() {
      if (!isStopping) ticks = 0;
    },
    end,
  };
}

/** Milliseconds by which the last messages of a worker may arrive after its lock is free. */
const GRACE = 1000;

/**
 * In the worker: the name of a lock that it holds until it ends, whatever ends it. Never resolves where there are no
 * locks.
 */
export function holdLock(): Promise<string> {
  const name = `tfjs-vae/worker/${globalThis.crypto?.randomUUID?.()}`;
  return new Promise(resolve => {
    const untilTheEnd = () => {
      resolve(name);
      return new Promise(() => {});
    };
    navigator.locks?.request(name, untilTheEnd).catch(() => {}); // this origin has none
  });
}

/** In the page: no event tells that a worker has ended, but its lock is free then. */
export function whenWorkerEnds(lock: string, signal: AbortSignal, fail: (error: Error) => void): void {
  const ended = () => {
    if (!signal.aborted)
      setTimeout(() => signal.aborted || fail(new Error('trainInWorker: the worker was ended')), GRACE);
  };
  navigator.locks?.request(lock, { mode: 'shared', signal }, ended).catch(() => {}); // aborted: the run is over
}
