import type { Logs } from '../history';

/** Which number of an epoch is watched, and what is better. */
export type MonitorOptions = {
  /** A key of the logs. Default `'val_elbo'`: the true bound on the validation data, whatever β the loss has. */
  monitor?: string;
  /** Whether smaller or larger is better. Known for `elbo`, `bound`, `reconstruction`, `kl` and losses; else needed. */
  mode?: 'min' | 'max';
  /** By how much a value must be better to count. Default 0. */
  minDelta?: number;
};

/** The keys of `MonitorOptions`. */
export const MONITOR_KEYS = ['monitor', 'mode', 'minDelta'] as const;

/** Reads a number from the logs of an epoch and compares it with the best so far. */
type Monitor = {
  /** @throws When the logs lack it. */
  read(logs: Logs | undefined): number;
  /** NaN and infinities are never better; any other number is better than none. */
  isBetter(value: number, best: number | undefined): boolean;
};

/** @throws When the direction is neither known nor given, or an option is out of range. */
export function monitorOf(owner: string, options: MonitorOptions): Monitor {
  const { monitor = 'val_elbo', mode = modeOf(monitor), minDelta = 0 } = options;
  if (mode !== 'min' && mode !== 'max') {
    const got = mode === undefined ? `is not known for '${monitor}'` : `cannot be ${String(mode)}`;
    throw new Error(`${owner}: mode ${got}; give 'min' where smaller is better, 'max' where larger is`);
  }
  if (!(minDelta >= 0 && minDelta < Infinity)) {
    throw new Error(`${owner}: minDelta must be a number of at least 0, got ${minDelta}`);
  }
  const sign = mode === 'max' ? 1 : -1;
  return {
    read(logs = {}) {
      const value = Object.hasOwn(logs, monitor) ? logs[monitor] : undefined;
      if (value !== undefined) return value;
      const keys = Object.keys(logs).join(', ') || 'nothing';
      const needs = monitor.startsWith('val_') && !Object.keys(logs).some(key => key.startsWith('val_'));
      const mend = needs ? '; keys that begin with val_ need validationData' : '';
      throw new Error(`${owner}: the logs of the epoch have no '${monitor}', they have ${keys}${mend}`);
    },
    isBetter(value, best) {
      if (!Number.isFinite(value)) return false;
      return best === undefined || sign * (value - best) > minDelta;
    },
  };
}

function modeOf(key: string): 'min' | 'max' | undefined {
  const name = key.replace(/^val_/, '');
  if (name === 'elbo' || name === 'bound') return 'max';
  return name === 'kl' || name === 'reconstruction' || /loss$/i.test(name) ? 'min' : undefined;
}
