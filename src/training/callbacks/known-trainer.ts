import type { TrainerHandle } from '../callbacks';

/** @throws When the trainer is not there yet. */
export function known(owner: string, trainer: TrainerHandle | undefined): TrainerHandle {
  if (trainer) return trainer;
  throw new Error(`${owner}: no trainer yet; give it to trainer.fit as one of its callbacks`);
}
