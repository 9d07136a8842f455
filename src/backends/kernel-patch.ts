import * as tf from '@tensorflow/tfjs';

/** One thing that `prepareBackend` did to the active backend. */
export type BackendChange = {
  /** The kernel that behaves differently now, or the event of Node that tfjs no longer listens to. */
  kernel: string;
  /**
   * `'replaced'` and `'added'` kernels are ours; `'flag'`: tfjs's own kernel, under a flag of tfjs; `'fused'`: our kernel,
   * by a multiply-add that rounds once; `'removed'`: a listener of tfjs.
   */
  action: 'replaced' | 'added' | 'flag' | 'fused' | 'removed';
  /** What is wrong or slow without it. */
  reason: string;
  /** The issue of tensorflow/tfjs, where there is one. */
  issue?: string;
};

/** A change with the way back; the way back does nothing where somebody else has changed the same thing since. */
export type AppliedChange = { change: BackendChange; undo: () => void };

/** A kernel of ours for one backend. */
export type KernelPatch = {
  kernel: string;
  /** `'replace'` wraps or replaces tfjs's kernel; `'add'` fills a gap and leaves a kernel that is already there alone. */
  mode: 'replace' | 'add';
  reason: string;
  issue?: string;
  /** The kernel function; tfjs's own one is handed over for cases that it does best. */
  make: (stock: tf.KernelFunc) => tf.KernelFunc;
};

/** What a kernel is called with, in the types of its backend, its inputs and its attributes. */
export type KernelCall<Backend, Inputs, Attrs> = { backend: Backend; inputs: Inputs; attrs: Attrs };

type Compute<Backend, Inputs, Attrs> = (
  call: KernelCall<Backend, Inputs, Attrs>,
) => tf.TensorInfo | tf.TensorInfo[] | undefined;

/** A kernel that tfjs lacks. */
export function addedKernel<Backend, Inputs, Attrs = unknown>(
  kernel: string,
  reason: string,
  compute: Compute<Backend, Inputs, Attrs>,
): KernelPatch {
  return { kernel, mode: 'add', reason, make: orStock(compute) };
}

/** A kernel in place of tfjs's own, which still computes what ours returns undefined for. */
export function replacedKernel<Backend, Inputs, Attrs = unknown>(
  kernel: string,
  reason: string,
  compute: Compute<Backend, Inputs, Attrs>,
): KernelPatch {
  return { kernel, mode: 'replace', reason, make: orStock(compute) };
}

function orStock<Backend, Inputs, Attrs>(compute: Compute<Backend, Inputs, Attrs>): KernelPatch['make'] {
  return stock => call => compute(call as unknown as KernelCall<Backend, Inputs, Attrs>) ?? stock(call);
}

/**
 * Registers kernels of ours for one backend.
 *
 * Registering over a kernel makes tfjs print a warning, so the old one goes first. Set-up and disposal of tfjs's kernel
 * stay, since a backend that is created anew runs them again.
 */
export function applyPatches(backendName: string, patches: readonly KernelPatch[]): AppliedChange[] {
  return patches.flatMap(({ kernel, mode, reason, issue, make }) => {
    // tfjs types this as always present, and returns undefined where there is none.
    const stock = tf.getKernel(kernel, backendName) as tf.KernelConfig | undefined;
    if (mode === 'add' ? stock : !stock) return [];
    const kernelFunc = make(stock?.kernelFunc ?? missing(kernel));
    const ours: tf.KernelConfig = { ...stock, kernelName: kernel, backendName, kernelFunc };
    if (stock) tf.unregisterKernel(kernel, backendName);
    tf.registerKernel(ours);
    const undo = () => {
      if (tf.getKernel(kernel, backendName) !== ours) return;
      tf.unregisterKernel(kernel, backendName);
      if (stock) tf.registerKernel(stock);
    };
    const action = stock ? 'replaced' : 'added';
    return [{ change: issue ? { kernel, action, reason, issue } : { kernel, action, reason }, undo }];
  });
}

function missing(kernel: string): tf.KernelFunc {
  return () => {
    throw new Error(`${kernel}: tfjs has no such kernel on this backend`);
  };
}
