import type { AppliedChange } from '../kernel-patch';

const REASON =
  "tfjs's wasm module catches errors that nobody handles and throws them again, so that Node prints 40 kB of its source before them";

/** What emscripten leaves in a process of Node; nobody else knows an `ExitStatus`. */
const LISTENERS = {
  uncaughtException: /instanceof ExitStatus\b/,
  unhandledRejection: /^function\s*\((\w+)\)\s*\{\s*throw \1;?\s*\}$/,
} as const;

/**
 * Removes the listeners by which the wasm module of tfjs rethrows unhandled errors. Without them Node ends with the same
 * error, prints the place where it is from, and has the exit code 1 instead of 7.
 */
export function removeRethrowingListeners(): AppliedChange[] {
  const { process } = globalThis as { process?: NodeJS.EventEmitter };
  if (typeof process?.listeners !== 'function' || typeof process.off !== 'function') return [];
  const found = (event: keyof typeof LISTENERS) =>
    process.listeners(event).filter(listener => LISTENERS[event].test(String(listener))) as (() => void)[];
  if (found('uncaughtException').length === 0) return [];
  return (Object.keys(LISTENERS) as (keyof typeof LISTENERS)[]).map(event => {
    const listeners = found(event);
    for (const listener of listeners) process.off(event, listener);
    return {
      change: { kernel: event, action: 'removed', reason: REASON },
      undo() {
        for (const listener of listeners) {
          if (!process.listeners(event).includes(listener)) process.on(event, listener);
        }
      },
    };
  });
}
