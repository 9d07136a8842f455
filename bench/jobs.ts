import { benchmarkGrowth } from './growth';
import { benchmarkMemory } from './memory';
import { benchmarkOptimizers } from './optimizers';
import { benchmarkRelaxed } from './pace';
import type { Plan } from './plans';
import type { Result } from './result';
import { benchmarkSteps, type Peers } from './steps';

/** What to measure on the active backend. Plain data, so that it can be handed to a page. */
export type Job =
  | { kind: 'steps'; plan: Plan; rounds: number }
  | { kind: 'memory'; plan: Plan }
  | { kind: 'optimizers'; rounds: number }
  | { kind: 'relaxed'; plan: Plan; rounds: number }
  | { kind: 'growth'; rounds: number };

export async function runJob(job: Job, peers?: Peers): Promise<Result[]> {
  if (job.kind === 'steps') return [await benchmarkSteps(job.plan, job.rounds, peers)];
  if (job.kind === 'memory') return [await benchmarkMemory(job.plan)];
  if (job.kind === 'relaxed') return benchmarkRelaxed(job.plan, job.rounds);
  if (job.kind === 'optimizers') return [await benchmarkOptimizers(job.rounds)];
  return benchmarkGrowth(job.rounds);
}
