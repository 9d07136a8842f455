import { checkRamp, type RampOptions } from './linear';
import { mix, named, progress, type Schedule } from './schedule';

/** What `sigmoidSchedule` takes. */
export type SigmoidScheduleOptions = RampOptions & {
  /** Width of the logistic curve: it is followed from −sharpness/2 to +sharpness/2. Default 10. */
  sharpness?: number;
};

/**
 * A logistic curve, stretched so that both ends are exact: slow, fast in the middle, slow.
 *
 * `s(t) = (σ(k(t − ½)) − σ(−k/2)) / (σ(k/2) − σ(−k/2))`, t = step / steps. KL annealing of Bowman et al. 2016
 * (arXiv 1511.06349, figure 2), whose plain sigmoid reaches neither end.
 *
 * @throws When a value is not finite, `steps` is negative or `sharpness` is not positive.
 * @example
 * ```ts
 * elboObjective({ beta: sigmoidSchedule({ from: 0, to: 1, steps: 10_000 }) });
 * ```
 */
export function sigmoidSchedule(options: SigmoidScheduleOptions): Schedule {
  const { from, to, steps, sharpness = 10 } = checkRamp('sigmoidSchedule', options, ['sharpness']);
  if (!(Number.isFinite(sharpness) && sharpness > 0)) {
    throw new Error(`sigmoidSchedule: sharpness must be a positive number, got ${sharpness}`);
  }
  // σ(k(t − ½)) is ½ + ½ tanh(k(t − ½)/2): the halves cancel.
  const end = Math.tanh(sharpness / 4);
  return named('sigmoid', options, step =>
    mix(from, to, (1 + Math.tanh((sharpness / 2) * (progress(step, steps) - 0.5)) / end) / 2),
  );
}
