import type { Source } from '../../data/source';
import { couplesExamples } from '../../models/need';
import type { TrainerState } from '../trainer-state';

/**
 * @throws When several processes cannot train this: something looks at the whole batch, of which each has a part.
 */
export function refuseCoupling({ objective, model, players }: TrainerState, source: Source, ownShare: boolean): void {
  const refuse = (what: string, mend: string) => {
    throw new Error(`fit: a group of processes cannot train with ${what}; ${mend}, or train in one process`);
  };
  const [player] = players.keys();
  if (player) {
    refuse(`the player '${player.name}', whose loss looks at the whole batch`, 'take an objective without players');
  }
  if (objective.couples) {
    const isPrice = /^(capacity|free bits)/.test(objective.couples);
    refuse(
      `${objective.couples}, which looks at the whole batch`,
      isPrice ? "take beta, or free bits per: 'element'" : 'take a loss that is a mean over the examples',
    );
  }
  if (couplesExamples(model)) {
    refuse(
      "a likelihood that looks at the whole batch (sigma: 'optimal')",
      "take sigma: 'shared', which is learned, or a number",
    );
  }
  if (source.kind === 'stream' && !ownShare) {
    refuse(
      'a stream, of which each process would take every batch',
      'give arrays or a RowReader, of which each process reads its rows; or give each process its own share of the stream, and ownShare: true',
    );
  }
}
