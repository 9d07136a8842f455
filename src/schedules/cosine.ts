import { checkRamp, type RampOptions } from './linear';
import { mix, named, progress, type Schedule } from './schedule';

/**
 * Half a cosine: flat at both ends, `from + (to − from) · (1 − cos(π · step / steps)) / 2`.
 *
 * Loshchilov & Hutter 2017 (arXiv 1608.03983, equation 5), without restarts.
 *
 * @throws When a value is not finite or `steps` is negative.
 * @example
 * ```ts
 * new VaeTrainer({ model, learningRate: cosineSchedule({ from: 1e-3, to: 1e-5, steps: 20_000 }) });
 * ```
 */
export function cosineSchedule(options: RampOptions): Schedule {
  const { from, to, steps } = checkRamp('cosineSchedule', options);
  return named('cosine', options, step => {
    const share = progress(step, steps);
    return mix(from, to, share === 1 ? 1 : (1 - Math.cos(Math.PI * share)) / 2);
  });
}
