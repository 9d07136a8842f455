import { checkKeys } from '../ops/check-keys';
import type { Callbacks, HookName } from './callbacks';

const HOOKS: readonly HookName[] = [
  ...(['onTrainBegin', 'onTrainEnd', 'onEpochBegin', 'onEpochEnd', 'onBatchBegin', 'onBatchEnd'] as const),
  ...(['onStep', 'onTestBegin', 'onTestEnd', 'onRest', 'onTeardown'] as const),
];

/** @throws When a callback is not an object, or has a hook that nobody calls. */
export function checkCallbacks(callbacks: Callbacks): void {
  for (const callback of [callbacks].flat(Infinity)) {
    if (typeof callback !== 'object' || callback === null) {
      throw new Error(`callbacks: expected objects with hooks such as onEpochEnd, got ${String(callback)}`);
    }
    // Other people's callbacks have keys of their own; one that begins like a hook is misspelt.
    const names = [...Object.keys(callback), ...Object.getOwnPropertyNames(Object.getPrototypeOf(callback) ?? {})];
    const hooks = names.filter(name => /^on(?!ce$)./.test(name)).map(name => [name, true]);
    checkKeys('callbacks', Object.fromEntries(hooks) as Record<HookName, true>, HOOKS);
  }
}
