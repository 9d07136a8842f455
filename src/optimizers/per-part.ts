import type * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { checkFilter, describeFilter, isSelected, type VariableFilter } from '../variables/variable-filter';
import { prefixed, within } from '../variables/variables';
import type { Gradient, Optimizer, UpdateContext } from './optimizer';
import { asAbleAs, asOptimizer } from './wrapped';

/** An optimizer, and the part that it moves. */
export type PartOptimizer = {
  /** Such as `'encoder/'`, `/bias$/`, or `() => true` for all that is left. */
  part: VariableFilter;
  /** Ours or one of `tf.train`; an object of its own for each part. */
  optimizer: Optimizer | tf.Optimizer;
};

/**
 * An optimizer for each part of a model: separate learning rates, or separate kinds.
 *
 * A variable goes to the first part that its path lies in. State is that of the parts, under `0/`, `1/`, … in the order
 * given, so a saved run goes on with the same list. A rate factor (`reduceOnPlateau`) goes to all parts alike.
 *
 * @param parts At least one. Their optimizers are disposed of with this one.
 * @throws When there is no part, or one optimizer is given twice. In the first step: when a variable is in no part.
 * @example
 * ```ts
 * const optimizer = perPart([
 *   { part: 'encoder/', optimizer: new Adam({ learningRate: 1e-3 }) },
 *   { part: () => true, optimizer: new Adam({ learningRate: 3e-4 }) },
 * ]);
 * new VaeTrainer({ model: vae, optimizer, seed: 7 });
 * ```
 */
export function perPart(parts: readonly PartOptimizer[]): Optimizer {
  if (!Array.isArray(parts) || parts.length === 0) {
    throw new Error('perPart: expected at least one { part, optimizer }');
  }
  for (const entry of parts) {
    checkKeys('perPart', entry, ['part', 'optimizer'], {}, ['part', 'optimizer']);
    checkFilter('perPart', entry.part);
  }
  if (new Set(parts.map(({ optimizer }) => optimizer)).size < parts.length) {
    throw new Error('perPart: each part needs an optimizer of its own, but one is given twice');
  }
  const members = parts.map(({ part, optimizer }) => ({ part, optimizer: asOptimizer(optimizer) }));
  const optimizers = members.map(({ optimizer }) => optimizer);
  const kinds = members.map(({ part, optimizer }) => `${describeFilter(part)}: ${optimizer.kind ?? 'one of its own'}`);
  return asAbleAs(optimizers, {
    kind: `perPart of ${kinds.join(', ')}`,
    config: optimizers,
    apply(gradients: readonly Gradient[], context: UpdateContext) {
      const shares = optimizers.map((): Gradient[] => []);
      for (const gradient of gradients) shares[placeOf(gradient.path, members)]!.push(gradient);
      shares.forEach((share, i) => {
        // A part that is frozen as a whole makes no step.
        if (share.length > 0) optimizers[i]!.apply(share, context);
      });
    },
    variables: () => Object.assign({}, ...optimizers.map((optimizer, i) => prefixed(String(i), optimizer.variables()))),
    load(state: tf.NamedTensorMap) {
      const stray = Object.keys(state).find(name => !optimizers.some((_, i) => name.startsWith(`${i}/`)));
      if (stray !== undefined) {
        throw new Error(
          `perPart: the saved state holds '${stray}', which belongs to none of these ${parts.length} parts`,
        );
      }
      optimizers.forEach((optimizer, i) => {
        optimizer.load!(within(state, String(i)));
      });
    },
    dispose() {
      for (const optimizer of optimizers) optimizer.dispose();
    },
  });
}

function placeOf(path: string, members: readonly { part: VariableFilter }[]): number {
  const place = members.findIndex(({ part }) => isSelected(path, part));
  if (place >= 0) return place;
  const known = members.map(({ part }) => describeFilter(part)).join(', ');
  throw new Error(
    `perPart: '${path}' lies in none of the parts ${known}; add { part: () => true, optimizer } for the rest`,
  );
}
