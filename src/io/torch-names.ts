/** A place for a tensor of torch whose layout the library cannot know: in a network that is a function, say. */
export type TorchPlace = {
  /** The structural path of the variable, such as `encoder/kernel`. */
  path: string;
  /**
   * The axes of the torch tensor in the order in which the variable has them: `[1, 0]` for a matrix that is to be
   * transposed, `[0, 1]` for one that is taken as it lies. Nothing else is done to it.
   */
  axes: readonly number[];
};

/**
 * Where each tensor of a torch `state_dict` goes: the structural path of our variable by the name in torch, such as
 * `{ 'fc1.weight': 'encoder/0/kernel' }`. `vae.summary()` shows the paths.
 */
export type TorchNames = Readonly<Record<string, string | TorchPlace>>;

/**
 * The names of PyTorch's own example VAE (github.com/pytorch/examples, `vae/main.py`: fc1, fc21, fc22, fc3, fc4), for
 * `mlpVae({ inputShape: [784], latentDim: 20 })`.
 *
 * Its `fc22` gives the log-variance as it is; the head of `mlpVae` bends it beyond ±10. To have none of that, build the
 * encoder with `logVarRange: false`.
 *
 * @example
 * ```ts
 * const vae = mlpVae({ inputShape: [784], latentDim: 20, seed: 1 });
 * const bytes = await saveTorchWeights(vae, { names: torchExampleNames });
 * await loadTorchWeights(vae, bytes, { names: torchExampleNames });
 * ```
 */
export const torchExampleNames: Readonly<Record<string, string>> = {
  'fc1.weight': 'encoder/0/kernel',
  'fc1.bias': 'encoder/0/bias',
  'fc21.weight': 'encoder/head/0/meanKernel',
  'fc21.bias': 'encoder/head/0/meanBias',
  'fc22.weight': 'encoder/head/0/logVarKernel',
  'fc22.bias': 'encoder/head/0/logVarBias',
  'fc3.weight': 'decoder/0/kernel',
  'fc3.bias': 'decoder/0/bias',
  'fc4.weight': 'decoder/1/kernel',
  'fc4.bias': 'decoder/1/bias',
};
