import type { Json } from '../callbacks';

/**
 * Numbers from the saved state of a callback; null where there was none.
 *
 * @throws When the state is not what this callback saves.
 */
export function savedNumbers<K extends string>(
  owner: string,
  state: Json,
  keys: readonly K[],
): Record<K, number | null> {
  const entries = keys.map(key => {
    const value = isObject(state) && Object.hasOwn(state, key) ? state[key] : undefined;
    if (value === null || (typeof value === 'number' && Number.isFinite(value))) return [key, value] as const;
    throw new Error(
      `${owner}: the saved state has no number '${key}', got ${JSON.stringify(state)}; is it that of another callback?`,
    );
  });
  return Object.fromEntries(entries) as Record<K, number | null>;
}

function isObject(state: Json): state is { readonly [key: string]: Json } {
  return typeof state === 'object' && state !== null && !Array.isArray(state);
}
