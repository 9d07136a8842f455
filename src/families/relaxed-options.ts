import { checkTemperature } from '../distributions/relaxation';
import { checkKeys } from '../ops/check-keys';
import { type Schedule, scheduled } from '../schedules/schedule';
import type { Family, FamilyContext } from './family';

/** What the families of relaxed discrete variables take. */
export type RelaxedFamilyOptions = {
  /** τ, a number or a schedule over the optimizer steps; where nobody trains, that of infinitely many steps. */
  temperature: number | Schedule;
  /** Draws of training are discrete, and have the gradient of the relaxed ones, which is biased. Default false. */
  straightThrough?: boolean;
  /**
   * Which KL is minimised. `'categorical'` (default): that of the discrete variables, closed (Jang et al. 2017);
   * `'concrete'`: that of the relaxed ones, from the sample (Maddison et al. 2017).
   */
  kl?: 'categorical' | 'concrete';
  /** τ of the default prior where `kl` is `'concrete'`. Default 0.5. */
  priorTemperature?: number;
};

/** The options with their defaults, and what both families declare alike. */
export type CheckedRelaxation = Required<Omit<RelaxedFamilyOptions, 'temperature'>> &
  Pick<Family, 'config' | 'klElements' | 'relaxed'> & {
    /** τ in a call. */
    temperatureAt(context: Pick<FamilyContext, 'step'>): number;
  };

/** @throws When an option is out of range, or two of them exclude each other. */
export function checkRelaxation<O extends RelaxedFamilyOptions>(
  owner: string,
  options: O,
  more: readonly (keyof O & string)[] = [],
): CheckedRelaxation {
  const keys = ['temperature', 'straightThrough', 'kl', 'priorTemperature'] as const;
  checkKeys(owner, options, [...more, ...keys], { tau: 'temperature', hard: 'straightThrough' }, [
    ...more,
    'temperature',
  ]);
  const { temperature, straightThrough = false, kl = 'categorical', priorTemperature = 0.5 } = options;
  if (kl !== 'categorical' && kl !== 'concrete') {
    throw new Error(`${owner}: kl must be 'categorical' or 'concrete', got ${JSON.stringify(kl)}`);
  }
  if (kl === 'concrete' && straightThrough) {
    throw new Error(`${owner}: straightThrough draws have no relaxed density; take kl: 'categorical'`);
  }
  if (typeof temperature !== 'function') checkTemperature(owner, temperature);
  checkTemperature(`${owner}: prior`, priorTemperature);
  const at = (step: number) => {
    const now = scheduled(temperature, step);
    checkTemperature(`${owner}, step ${step}`, now);
    return now;
  };
  return {
    straightThrough,
    kl,
    priorTemperature,
    klElements: false,
    relaxed: kl === 'categorical' && !straightThrough,
    temperatureAt: ({ step = Number.POSITIVE_INFINITY }) => at(step),
    // A model file holds the temperature that a schedule ends at.
    config: () => ({ ...options, temperature: at(Number.POSITIVE_INFINITY) }),
  };
}
