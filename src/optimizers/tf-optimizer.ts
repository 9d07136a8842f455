import * as tf from '@tensorflow/tfjs';
import { readsAtOnce } from './device';
import type { Gradient, Optimizer, UpdateContext } from './optimizer';

/**
 * Makes an optimizer of tfjs usable in place of ours.
 *
 * Its slots go by the position in the list of gradients (tensorflow/tfjs #4290), so positions are handed out once and
 * kept: a variable without a gradient takes its place with null. Where the gradients are not finite, nothing is done;
 * on a device whose flag is not known here they are replaced by zeros, so weights stay good, though momentum still
 * moves them.
 */
export function fromTfOptimizer(optimizer: tf.Optimizer): Optimizer {
  const places = new Map<string, string>(); // path → name; a path that comes again keeps its place
  return {
    apply(gradients: readonly Gradient[], { finite }: UpdateContext) {
      if (readsAtOnce() && finite.dataSync()[0] === 0) return;
      tf.tidy(() => {
        for (const { path, variable } of gradients) places.set(path, variable.name);
        const byPath = Object.fromEntries(gradients.map(g => [g.path, g.gradient]));
        const go = tf.cast(finite, 'bool');
        const list = [...places].map(([path, name]) => {
          const gradient = byPath[path];
          return { name, tensor: gradient ? tf.where(go, gradient, tf.zerosLike(gradient)) : null };
        });
        optimizer.applyGradients(list as unknown as tf.NamedTensorMap);
      });
    },
    variables: () => ({}),
    config: { kind: optimizer.getClassName(), ...optimizer.getConfig() },
    dispose: () => optimizer.dispose(),
  };
}
