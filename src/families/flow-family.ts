import type { Flow } from '../flows/flow';
import { FlowDistribution } from '../flows/flow-distribution';
import { boundFlows, checkFlows, flowVariables } from '../flows/flow-variables';
import { checkKeys } from '../ops/check-keys';
import { prefixed, within } from '../variables/variables';
import { checkFamily } from './check-family';
import type { Family } from './family';
import { type FamilyDeclaration, familyFactory } from './family-factory';

/** What `flowFamily` takes. */
export type FlowFamilyOptions = {
  /** Where z begins: a family of real vectors, such as `normalFamily()`. */
  base: Family;
  /** What z goes through, in this order: `planarFlow`, `iafFlow`, `couplingFlow`, or your own by `defineFlow`. */
  flow: readonly Flow[];
};

/**
 * Normalizing flows over a base, for posteriors: `z = f_K(… f₁(z₀))` with z₀ from the base.
 *
 * The network gives the raw numbers of the base, and after them the features of each flow that takes some: the parameters
 * of `planarFlow`, the `context` of the others. The weights of the flows are variables of the family. The KL to a prior
 * is estimated from the sample. Rezende & Mohamed 2015 (arXiv 1505.05770, equations 5 and 13).
 *
 * @throws When the base is not a family of real vectors, or `flow` not a list of flows.
 * @example
 * ```ts
 * const network = tf.sequential({ layers: [tf.layers.dense({ inputShape: [784], units: 400, activation: 'relu' })] });
 * const posterior = flowFamily({ base: normalFamily(), flow: [planarFlow({ steps: 8 })] });
 * const encoder = new PosteriorEncoder({ network, latentDim: 20, posterior });
 * ```
 */
export const flowFamily = /* @__PURE__ */ familyFactory(
  'flow',
  (options: FlowFamilyOptions, owner): FamilyDeclaration<FlowDistribution, string> => {
    checkKeys(owner, options, ['base', 'flow'], { flows: 'flow', bijectors: 'flow' }, ['base', 'flow']);
    const { base, flow } = options;
    checkFamily(owner, 'base', base);
    checkFlows(owner, flow);
    if ((base.support ?? 'real') !== 'real' || base.relaxed || base.defaultPrior) {
      throw new Error(`${owner}: base must be a family of real vectors, such as normalFamily(), got '${base.kind}'`);
    }
    const featuresOf = (size: number) =>
      flow.flatMap((one, i) => (one.features(size) > 0 ? [[`flow${i}`, one.features(size)] as const] : []));
    return {
      distributionKind: 'flowDistribution',
      perExample: base.perExample ?? true,
      hasDensity: (base.hasDensity ?? true) && flow.every(({ inverse }) => inverse),
      parameters: (size): Record<string, number> => ({
        ...base.parameters(size),
        ...Object.fromEntries(featuresOf(size)),
      }),
      createVariables(event) {
        const [size] = event;
        if (event.length !== 1 || !size) throw new Error(`${owner}: z must be a vector of known size, got [${event}]`);
        return { ...prefixed('base', base.createVariables?.(event) ?? {}), ...flowVariables(flow, size) };
      },
      distribution: (raw, context) =>
        new FlowDistribution({
          base: base.distribution(raw, { ...context, variables: within(context.variables, 'base') }),
          flow: boundFlows(flow, context.variables, i => raw[`flow${i}`]),
        }),
      ...(base.updates && {
        updates: (distribution, context) =>
          base.updates!(distribution.base, { ...context, variables: within(context.variables, 'base') }),
      }),
    };
  },
);
