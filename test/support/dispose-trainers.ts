import { afterEach } from 'vitest';
import type { VaeTrainer } from '../../src/training/trainer';

/** Returns a function that remembers a trainer; after each test, those are disposed of with their models. */
export function disposeTrainersAfterEach(): <T extends VaeTrainer>(trainer: T) => T {
  const made: VaeTrainer[] = [];
  afterEach(() => {
    for (const trainer of made.splice(0)) {
      trainer.dispose();
      trainer.model.dispose?.();
    }
  });
  return trainer => {
    made.push(trainer);
    return trainer;
  };
}
