import type { Distribution } from '../distributions/distribution';
import { checkedDeclaration } from './checked-declaration';
import { type FamilyDeclaration, type FamilyFactory, familyFactory } from './family-factory';

/**
 * Defines a family of distributions: a function of its options that a model file can hold.
 *
 * @param kind Its name in model files, unique among all parts.
 * @param declare From the options to what the family is. The options are what a model file holds, so they are plain
 * data, networks or other parts; where they are not, declare a `config` too.
 * @returns A factory of families, which is a part for `loadVae` as well. It throws when what is declared cannot be used,
 * and its families when they give anything but distributions and variables.
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
  return familyFactory(kind, (options: O, owner) => checkedDeclaration(owner, declare(options, owner)));
}
