import type { Variables } from '../variables/variables';
import { prefixed } from '../variables/variables';
import type { CallbackList } from './callbacks';
import { optimizersOf, type TrainerParts } from './trainer-parts';

/** The variables, by path, that exist from the start; those of optimizers come with the first step. */
export function fixedVariables({ model, objective, learners }: TrainerParts): Variables {
  const players = Object.fromEntries(learners.map(({ player }) => [`player/${player.name}`, player]));
  return {
    ...prefixed('model', model.variables()),
    ...prefixed('objective', objective.variables?.() ?? {}),
    ...allPrefixed(players),
  };
}

/** All variables that a checkpoint holds, by path. */
export function allVariables(parts: TrainerParts): Variables {
  const callbacks = withState(parts).map(c => [`callback/${c.name}`, c] as const);
  return {
    ...fixedVariables(parts),
    ...allPrefixed({ ...optimizersOf(parts), weights: parts.weightMean }),
    ...allPrefixed(Object.fromEntries(callbacks)),
  };
}

/** The callbacks with state of the last `fit`; none where a resumed run still waits for its callbacks. */
export function withState({ later }: TrainerParts): ReturnType<CallbackList['withState']> {
  return later.now ? [] : (later.callbacks?.withState() ?? []);
}

/** The kind of each optimizer. */
export function kindsOf(parts: TrainerParts): Record<string, string> {
  const kinds = Object.entries(optimizersOf(parts)).map(([name, { kind }]) => [name, kind ?? 'one of its own']);
  return Object.fromEntries(kinds) as Record<string, string>;
}

function allPrefixed(owners: Record<string, { variables?(): Variables }>): Variables {
  return Object.assign({}, ...Object.entries(owners).map(([name, owner]) => prefixed(name, owner.variables?.() ?? {})));
}
