import { type AutoregressiveFlowOptions, autoregressive } from './autoregressive';
import { defineFlow } from './flow';

/**
 * Inverse autoregressive flow: `z′ = σ(s)·z + (1 − σ(s))·m`, where m and s of a dimension are functions of the
 * dimensions before it and of features of the encoder (`context`, 32 of them by default).
 *
 * `log det = Σ log σ(s)`. Drawing takes one run of a masked network a step (`hidden` tanh units), and s begins near 2, so
 * that the gates are nearly open. Kingma et al. 2016 (arXiv 1606.04934, equations 12 to 15 and algorithm 1).
 *
 * For posteriors. The inverse is exact, but takes as many runs as there are dimensions: for priors there is `mafFlow`.
 * Each step is affine in each dimension, and does not split a mode into two.
 *
 * @throws When a size is not a positive integer.
 * @example
 * ```ts
 * const posterior = flowFamily({ base: normalFamily(), flow: [iafFlow({ steps: 2, hidden: 128, seed: 7 })] });
 * ```
 */
export const iafFlow = /* @__PURE__ */ defineFlow('iafFlow', (options: AutoregressiveFlowOptions, owner) =>
  autoregressive(options, owner, 32),
);
