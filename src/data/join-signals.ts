/** A signal that is aborted with the first of several, until it is released. (`AbortSignal.any` came with Node 20.3.) */
export function joinSignals(signals: readonly (AbortSignal | undefined)[]): {
  signal: AbortSignal;
  release: () => void;
} {
  const joined = new AbortController();
  const listeners = signals.flatMap(signal => {
    if (!signal) return [];
    const abort = () => joined.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    return [() => signal.removeEventListener('abort', abort)];
  });
  return {
    signal: joined.signal,
    release: () => {
      for (const stop of listeners) stop();
    },
  };
}
