import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import type { AppliedChange, BackendChange } from './kernel-patch';
import { isFused, preparedBackends } from './prepared-backends';

/** What `prepareBackend` takes. */
export type PrepareBackendOptions = {
  /**
   * On wasm: products and convolutions by the fused multiply-add of relaxed SIMD, where engine and processor have it.
   * About a tenth faster. Off by default, since the last digits of a run then depend on the processor. Without the option
   * a backend that is prepared stays as it is.
   */
  relaxedSimd?: boolean;
};

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
 * On cpu and wasm it replaces and adds kernels (the report names each with its reason), on tfjs-node, webgl and webgpu it
 * adds those of `Adam`, on webgpu it also sets a flag without which some transposed products are wrong. On wasm in Node
 * it also removes two listeners of tfjs, which bury unhandled errors in 40 kB of its source. Values change by rounding
 * only. The rounding of tfjs's own sums on wasm is large, 0.3 % for four million numbers, since it adds them one by one
 * in float32. Calling it again does nothing more and returns the same changes, across the ESM and the CommonJS copy of
 * this package as well. Only the kernels of the active backend are loaded.
 *
 * @returns A report with a `restore()` that undoes it. With `relaxedSimd` it has a change whose action is `'fused'` where
 *   that is in use.
 * @throws When an option is unknown or not a boolean.
 * @example
 * ```ts
 * await tf.setBackend('wasm');
 * const report = await prepareBackend();
 * for (const { kernel, action, reason } of report.changes) console.log(kernel, action, reason);
 * report.restore(); // stock tfjs again
 * ```
 */
export async function prepareBackend(options: PrepareBackendOptions = {}): Promise<BackendReport> {
  checkKeys('prepareBackend', options, ['relaxedSimd']);
  if (!['boolean', 'undefined'].includes(typeof options.relaxedSimd)) {
    throw new Error(`prepareBackend: relaxedSimd must be true or false, got ${options.relaxedSimd}`);
  }
  await tf.ready();
  const backend = tf.getBackend();
  const { apply, fuses } = await loadChanges(backend, options);
  // From here on nothing awaits, so two calls at once cannot both apply.
  const prepared = preparedBackends();
  let applied = prepared.get(backend);
  if (applied && options.relaxedSimd !== undefined && fuses !== isFused(applied)) {
    undoAll(applied);
    applied = undefined;
  }
  if (!applied) {
    applied = apply();
    prepared.set(backend, applied);
  }
  return report(backend, applied);
}

type Changes = { apply: () => AppliedChange[]; fuses: boolean };

/** Loads what one backend needs and nothing for the others. */
async function loadChanges(backend: string, { relaxedSimd }: PrepareBackendOptions): Promise<Changes> {
  const plain = (apply: () => AppliedChange[]) => ({ apply, fuses: false });
  if (backend === 'cpu') return plain((await import('./cpu/apply')).applyCpu);
  if (backend === 'tensorflow') return plain((await import('./tensorflow/apply')).applyTensorflow);
  if (backend === 'webgl') return plain((await import('./webgl/apply')).applyWebgl);
  if (backend === 'webgpu') return plain((await import('./webgpu/apply')).applyWebgpu);
  if (backend !== 'wasm') return plain(() => []);
  const { applyWasm } = await import('./wasm/apply');
  const code = relaxedSimd ? (await import('./wasm/fusing-code')).fusingCode() : undefined;
  return { apply: () => applyWasm(code), fuses: code !== undefined };
}

function report(backend: string, applied: AppliedChange[]): BackendReport {
  return {
    backend,
    changes: applied.map(({ change }) => ({ ...change })),
    restore() {
      const prepared = preparedBackends();
      // This was restored before, and the backend may have been prepared anew since: leave that alone.
      if (prepared.get(backend) !== applied) return;
      prepared.delete(backend);
      undoAll(applied);
    },
  };
}

function undoAll(applied: readonly AppliedChange[]): void {
  for (const { undo } of applied) undo();
}
