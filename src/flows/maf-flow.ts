import * as tf from '@tensorflow/tfjs';
import { type AutoregressiveFlowOptions, autoregressive } from './autoregressive';
import { defineFlow, type FlowResult } from './flow';

/**
 * Masked autoregressive flow: the inverse of `iafFlow`, `z′ = (z − (1 − σ(s))·m) / σ(s)`, where m and s of a dimension
 * are functions of the dimensions of z′ before it.
 *
 * `log det = −Σ log σ(s)`. The density takes one run of a masked network a step, a draw as many as there are dimensions:
 * for priors, whose density is what training asks for. Papamakarios et al. 2017 (arXiv 1705.07057, equations 2 to 5).
 *
 * @throws When a size is not a positive integer.
 * @example
 * ```ts
 * const prior = new FlowPrior({ latentDim: 20, flow: [mafFlow({ steps: 4, seed: 7 })] });
 * ```
 */
export const mafFlow = /* @__PURE__ */ defineFlow('mafFlow', (options: AutoregressiveFlowOptions, owner) => {
  const { forward, inverse, ...rest } = autoregressive(options, owner, 0);
  const negated = ({ z, logDet }: FlowResult): FlowResult => ({ z, logDet: tf.neg(logDet) });
  return {
    ...rest,
    forward: (z, context) => negated(inverse(z, context)),
    inverse: (z, context) => negated(forward(z, context)),
  };
});
