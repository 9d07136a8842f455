/** What a promise gives, or nothing as soon as the signal is aborted; what comes later goes to `late`. */
export function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  late: (value: T) => void = () => {},
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let waits = true;
    const stop = () => {
      waits = false;
      resolve(undefined);
    };
    // Each wait adds its own listener: a single promise of the abort, raced again and again, would keep every batch
    // alive.
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    promise.then(
      value => {
        if (!waits) return late(value);
        signal.removeEventListener('abort', stop);
        resolve(value);
      },
      error => {
        signal.removeEventListener('abort', stop);
        reject(error);
      },
    );
  });
}

/** Waits until a promise settles, but at most this many milliseconds; a failure within that time is thrown. */
export async function atMost(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), milliseconds);
  try {
    await unlessAborted(promise, controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
