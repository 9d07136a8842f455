import { afterEach, beforeEach, expect } from 'vitest';

/** Fails each test of a file in which a promise was rejected and nobody looked. */
export function expectNoUnhandledRejections(): void {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  beforeEach(() => void process.on('unhandledRejection', note));
  afterEach(async () => {
    await new Promise(resolve => setTimeout(resolve, 5));
    process.off('unhandledRejection', note);
    expect(unhandled.splice(0)).toEqual([]);
  });
}
