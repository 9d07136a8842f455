import type { Distribution } from '../distributions/distribution';
import type { PartClass, PartConfig } from '../variables/saveable-part';
import type { Family } from './family';

/** What a family declares; `defineFamily` adds its kind, and its configuration unless it is declared too. */
export type FamilyDeclaration<D extends Distribution, K extends string> = Omit<Family<D, K>, 'kind' | 'config'> &
  Partial<Pick<Family<D, K>, 'config'>>;

/** Makes families from options, and stands for them in `loadVae(source, { parts })`. */
export interface FamilyFactory<O extends object, D extends Distribution, K extends string> extends PartClass {
  /** The family with these options. Errors begin with `owner`, which is `kind` with the suffix `Family` unless given. */
  (
    ...args: Record<string, never> extends O ? [options?: O, owner?: string] : [options: O, owner?: string]
  ): Family<D, K>;
}

/**
 * Defines a family of distributions: a function of its options that a model file can hold.
 *
 * @param kind Its name in model files, unique among all parts.
 * @param declare From the options to what the family is. The options are what a model file holds, so they are plain
 * data, networks or other parts; where they are not, declare a `config` too.
 * @returns A factory of families, which is a part for `loadVae` as well.
 * @example
 * ```ts
 * const unitNormalFamily = defineFamily('unitNormal', () => ({
 *   parameters: size => ({ mean: size }),
 *   distribution: ({ mean }, { eventRank }) => new Normal({ mean, logVar: tf.scalar(0), eventRank }),
 * }));
 * const likelihood = unitNormalFamily();
 * ```
 *
 * @__NO_SIDE_EFFECTS__
 */
export function defineFamily<D extends Distribution, K extends string, O extends object>(
  kind: string,
  declare: (options: O, owner: string) => FamilyDeclaration<D, K>,
): FamilyFactory<O, D, K> {
  const make = (options = {} as O, owner = `${kind}Family`): Family<D, K> => ({
    config: () => options as PartConfig,
    ...declare(options, owner),
    // Last, so that a declaration that spreads another family has not its kind.
    kind,
  });
  const fromConfig = (config: PartConfig) => make(config as O);
  return Object.assign(make, { kind, fromConfig }) as FamilyFactory<O, D, K>;
}
