import type { FitOptions } from '../options';
import { takeSeed } from '../progress';
import type { Run, Together } from '../run';
import { fixedVariables } from '../snapshot';
import type { TrainerState } from '../trainer-state';
import { checkSameProgram } from './check-program';
import { broadcastJson, failTogether, ranksWith, sumNumbers } from './exchange';
import type { Group } from './group';
import { refuseCoupling } from './refuse';
import { shareOf } from './share';
import { stepsTogether } from './steps';
import { broadcastWeights, compareWeights } from './weights';

/** The groups that are in a `fit` now. */
const busy = new WeakSet<Group>();

/**
 * Opens a `fit` of several processes: all of them get the seed of process 0.
 *
 * @throws When another `fit` uses the group: the messages of two would be taken for each other.
 */
export async function openTogether(group: Group, state: TrainerState, options: FitOptions): Promise<Together> {
  if (busy.has(group)) throw new Error('fit: another fit uses this group; await it first');
  busy.add(group);
  takeSeed(state.progress, await broadcastJson(group, state.progress.history.seed));
  let probes = true;
  const goesOn = async ({ trainer }: Run) => {
    const isOver = (await ranksWith(group, trainer.stopTraining)).length > 0;
    if (isOver) trainer.stopTraining = true;
    return !isOver;
  };
  return {
    async begin(run, end) {
      await failTogether(group, refusal(run, options));
      await checkSameProgram(group, run, end);
      await broadcastWeights(group, fixedVariables(state));
    },
    async steps(run, queue, stepOptions) {
      await stepsTogether(group, run, queue, stepOptions, probes);
      probes = false;
    },
    share: rows => rows.subarray(...shareOf(rows.length, group)),
    async merge(sums) {
      // A process that has no row of the data does not know the names.
      const names = await broadcastJson(group, Object.keys(sums));
      const flat = await sumNumbers(
        group,
        names.flatMap(name => sums[name] ?? [0, 0]),
      );
      return Object.fromEntries(names.map((name, i) => [name, [flat[2 * i]!, flat[2 * i + 1]!]]));
    },
    async isStopped({ trainer, signal }) {
      const isStopped = (await ranksWith(group, signal.aborted)).length > 0;
      if (isStopped) trainer.stop();
      return isStopped;
    },
    async endEpoch(run) {
      await compareWeights(group, state.model.variables(), `after epoch ${state.progress.epoch}`);
      await goesOn(run);
    },
    goesOn,
    end: () => void busy.delete(group),
  };
}

function refusal({ state, data }: Run, { ownShare = false }: FitOptions): unknown {
  try {
    refuseCoupling(state, data.source, ownShare);
    return undefined;
  } catch (error) {
    return error;
  }
}
