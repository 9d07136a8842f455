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
 * `defineFamily` without a look at what is declared: for the families of this package, which are tested.
 *
 * @__NO_SIDE_EFFECTS__
 */
export function familyFactory<D extends Distribution, K extends string, O extends object>(
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
