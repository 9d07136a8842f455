import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import type { Context, Pass, VaeModel } from '../models/model';
import { tidy } from '../ops/tidy';
import type { Objective, Terms } from './objective';
import { latentKl, meanOf, reconstructionOf, sumLatents, withPenalties } from './pass-terms';

/** What the KL costs in a step, and the weights to report. */
export type KlPrice = (
  kl: tf.Scalar,
  pass: Pass,
  batch: Batch,
  step: number,
) => { cost: tf.Tensor; schedules: Record<string, number> };

/** The price of the evidence lower bound itself: β = 1. A trainer minimises this unless told otherwise. */
export const unitPrice: KlPrice = kl => ({ cost: kl, schedules: { beta: 1 } });

/** `loss = reconstruction + price of the KL + penalties`; `elbo` is the true bound whatever the price is. */
export function boundObjective(price: KlPrice, config: object = { kind: 'elbo', beta: 1 }): Objective {
  return {
    config,
    evaluate(model: VaeModel, batch: Batch, context: Context): Terms {
      return tidy(() => {
        const pass = model.pass(batch, context);
        const reconstruction = meanOf(reconstructionOf(pass, batch), batch);
        const kl = meanOf(sumLatents(pass, latentKl), batch);
        const { cost, schedules } = price(kl, pass, batch, context.step);
        const { loss, metrics } = withPenalties(tf.add(reconstruction, cost) as tf.Scalar, pass);
        // Without a latent variable there is a loss, but no bound on log p(x).
        const bound = pass.latents.length > 0 && { elbo: tf.neg(tf.add(reconstruction, kl)) as tf.Scalar, kl };
        return { loss, reconstruction, ...bound, metrics, schedules, updates: pass.updates ?? [] };
      });
    },
  };
}
