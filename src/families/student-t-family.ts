import * as tf from '@tensorflow/tfjs';
import { StudentT } from '../distributions/student-t';
import { checkKeys } from '../ops/check-keys';
import { softClip } from '../ops/soft-clip';
import { softplus } from '../ops/softplus';
import { type FamilyDeclaration, familyFactory } from './family-factory';
import { type ScaleOptions, scaleLink } from './scale-link';

/** What `studentTFamily` takes. */
export type StudentTFamilyOptions = ScaleOptions & {
  /** ν: a positive number, one that is learned (`'shared'`), or one for each element, by the network (`'perElement'`). */
  df: number | 'shared' | 'perElement';
  /** A learned ν lies above it: `dfFloor + softplus(…)`. Default 2, so that the variance is finite. */
  dfFloor?: number;
};

/** Where a learned ν begins: 3.05 above its floor. */
const START = 3;

/**
 * Real elements with outliers: the network gives location and log-scale, and with `df: 'perElement'` ν as well.
 *
 * `p(x) = StudentT(ν, loc, scale)`, `scale = e^softClip(logScale)`. A small ν forgives outliers; from about 30 on it is
 * a Gaussian. Takahashi et al. 2018 (IJCAI, "Student-t variational autoencoder for robust density estimation").
 *
 * @throws When an option is out of range.
 * @example
 * ```ts
 * const vae = mlpVae({ inputShape: [12], latentDim: 2, likelihood: studentTFamily({ df: 'shared', scale: 'shared' }) });
 * ```
 */
export const studentTFamily = /* @__PURE__ */ familyFactory(
  'studentT',
  (options: StudentTFamilyOptions, owner): FamilyDeclaration<StudentT, string> => {
    checkKeys(owner, options, ['df', 'dfFloor', 'scale', 'logScaleRange'], { nu: 'df', sigma: 'scale' }, ['df']);
    const { df, dfFloor = 2 } = options;
    checkPositive(owner, 'dfFloor', dfFloor);
    if (df !== 'shared' && df !== 'perElement') {
      checkPositive(owner, 'df', df, "a positive number, 'shared' or 'perElement'");
    }
    const { fromNetwork, scaleOf, createVariables } = scaleLink(owner, options);
    // Softly kept from where softplus, and its slope, are 0.
    const learned = (raw: tf.Tensor) => tf.add(dfFloor, softplus(softClip(raw, -7, 1e6)));
    return {
      createVariables: event => ({
        ...createVariables?.(event),
        ...(df === 'shared' && { df: tf.tidy(() => tf.variable(tf.scalar(START))) }),
      }),
      parameters: (size): Record<string, number> => ({
        loc: size,
        ...(fromNetwork && { logScale: size }),
        ...(df === 'perElement' && { df: size }),
      }),
      distribution({ loc, logScale, df: raw }, context) {
        const given = typeof df === 'number' ? tf.scalar(df) : learned(raw ?? context.variables['df']!);
        return new StudentT({
          df: given,
          loc: loc!,
          scale: scaleOf(logScale, context),
          eventRank: context.eventRank,
        });
      },
    };
  },
);

function checkPositive(owner: string, name: string, value: unknown, wanted = 'a positive number'): void {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return;
  throw new Error(`${owner}: ${name} must be ${wanted}, got ${JSON.stringify(value)}`);
}
