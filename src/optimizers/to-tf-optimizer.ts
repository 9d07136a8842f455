import * as tf from '@tensorflow/tfjs';
import type { Gradient, Optimizer } from './optimizer';

/**
 * Makes an optimizer of ours usable in place of one of tfjs: for `LayersModel.compile`, or `minimize` in a loop of your
 * own.
 *
 * Slots go by the name of the variable, so layers can be frozen between steps. Gradients that are not finite change
 * nothing. `getWeights` and `setWeights` hold its state, for variables of the same names.
 *
 * @param optimizer Disposed of with the result.
 * @example
 * ```ts
 * const regression = tf.sequential({ layers: [tf.layers.dense({ inputShape: [4], units: 1 })] });
 * regression.compile({ optimizer: toTfOptimizer(new AdamW({ learningRate: 1e-3 })), loss: 'meanSquaredError' });
 * ```
 */
export function toTfOptimizer(optimizer: Optimizer): tf.Optimizer {
  return new TfOptimizer(optimizer);
}

type NamedTensor = { name: string; tensor: tf.Tensor };

class TfOptimizer extends tf.Optimizer {
  readonly #optimizer: Optimizer;

  static get className(): string {
    return 'TfjsVaeOptimizer';
  }

  constructor(optimizer: Optimizer) {
    super();
    this.#optimizer = optimizer;
  }

  applyGradients(gradients: tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[]): void {
    const named = Array.isArray(gradients)
      ? gradients.map(({ name, tensor }) => [name, tensor] as const)
      : Object.entries(gradients);
    const { registeredVariables } = tf.engine();
    const list: Gradient[] = named.flatMap(([path, gradient]) => {
      const variable = registeredVariables[path];
      // tfjs hands over null for a variable that the loss does not reach.
      return gradient && variable ? [{ path, variable, gradient }] : [];
    });
    tf.tidy(() => {
      const total = list.map(({ gradient }) => tf.mean(gradient)).reduce((a, b) => tf.add(a, b), tf.scalar(0));
      const finite = tf.cast(tf.isFinite(total), 'float32') as tf.Scalar;
      this.#optimizer.apply(list, { step: this.iterations, finite });
    });
    this.incrementIterations();
  }

  override async getWeights(): Promise<NamedTensor[]> {
    const state = Object.entries(this.#optimizer.variables()).map(([name, tensor]) => ({ name, tensor }));
    return [await this.saveIterations(), ...state];
  }

  override async setWeights(weights: NamedTensor[]): Promise<void> {
    if (!this.#optimizer.load) throw new Error('toTfOptimizer: the given optimizer has no load, so no state to set');
    const state = await this.extractIterations(weights);
    this.#optimizer.load(Object.fromEntries(state.map(({ name, tensor }) => [name, tensor])));
  }

  override dispose(): void {
    this.#optimizer.dispose();
  }

  getConfig(): tf.serialization.ConfigDict {
    return {};
  }
}
