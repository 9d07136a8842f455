import * as tf from '@tensorflow/tfjs';
import type { AppliedChange, BackendChange } from './patch';

/** What `prepareBackend` did. */
export type BackendReport = {
  /** The active backend, as `tf.getBackend()` names it. */
  backend: string;
  /** Empty where there is nothing to mend. */
  changes: readonly BackendChange[];
  /** Puts everything back as tfjs had it. A second call does nothing. */
  restore(): void;
};

/**
 * Makes the active backend right and fast for training: for the whole process, `tf.layers` included.
 *
 * On cpu and wasm it replaces and adds kernels (the report names each with its reason), on tfjs-node and webgpu it adds one
 * for `Adam`, on webgpu it also sets a flag without which some transposed products are wrong. Values change by rounding only. Calling it again does
 * nothing more and returns the same changes, across the ESM and the CommonJS copy of this package as well. Only the
 * kernels of the active backend are loaded.
 *
 * @returns A report with a `restore()` that undoes it.
 * @example
 * ```ts
 * await tf.setBackend('wasm');
 * const report = await prepareBackend();
 * for (const { kernel, action, reason } of report.changes) console.log(kernel, action, reason);
 * report.restore(); // stock tfjs again
 * ```
 */
export async function prepareBackend(): Promise<BackendReport> {
  await tf.ready();
  const backend = tf.getBackend();
  const apply = await loadChanges(backend);
  // From here on nothing awaits, so two calls at once cannot both apply.
  const prepared = preparedBackends();
  let applied = prepared.get(backend);
  if (!applied) {
    applied = apply();
    prepared.set(backend, applied);
  }
  return report(backend, applied);
}

/** Loads what one backend needs, and nothing of the others. */
async function loadChanges(backend: string): Promise<() => AppliedChange[]> {
  if (backend === 'cpu') return (await import('./cpu/apply')).applyCpu;
  if (backend === 'wasm') return (await import('./wasm/apply')).applyWasm;
  if (backend === 'tensorflow') return (await import('./tensorflow/apply')).applyTensorflow;
  if (backend === 'webgpu') return (await import('./webgpu/apply')).applyWebgpu;
  return () => [];
}

function report(backend: string, applied: AppliedChange[]): BackendReport {
  return {
    backend,
    changes: applied.map(({ change }) => ({ ...change })),
    restore() {
      const prepared = preparedBackends();
      // Restored before, perhaps prepared anew since: that is not ours to undo.
      if (prepared.get(backend) !== applied) return;
      prepared.delete(backend);
      for (const { undo } of applied) undo();
    },
  };
}

/** What is applied now, by backend: one map for all copies of this package. */
function preparedBackends(): Map<string, AppliedChange[]> {
  const shared = globalThis as { [key: symbol]: Map<string, AppliedChange[]> | undefined };
  const key = Symbol.for('tfjs-vae.backends');
  let map = shared[key];
  if (!map) {
    map = new Map();
    shared[key] = map;
  }
  return map;
}
