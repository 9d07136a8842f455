import { StandardNormal } from '../distributions/standard-normal';
import type { Flow } from '../flows/flow';
import { FlowDistribution } from '../flows/flow-distribution';
import { boundFlows, checkFlows, flowVariables } from '../flows/flow-variables';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { tidy } from '../ops/tidy';
import type { PartConfig } from '../variables/saveable-part';
import { LearnedPrior } from './learned-prior';

/** What `FlowPrior` takes. */
export type FlowPriorOptions = {
  /** Size of z. */
  latentDim: number;
  /** What N(0, I) goes through: flows with an inverse and without features, such as `couplingFlow()` or `mafFlow()`. */
  flow: readonly Flow[];
};

/**
 * A learned prior: what flows make of N(0, I), `log p(z) = log N(f⁻¹(z); 0, I) − log |det ∂f/∂z₀|`.
 *
 * Rezende & Mohamed 2015 (arXiv 1505.05770, equation 5) with the flows of Dinh et al. 2017 (`couplingFlow`) or
 * Papamakarios et al. 2017 (`mafFlow`), whose density takes one pass; Chen et al. 2017 (arXiv 1611.02731, section 3.2)
 * put it under a VAE. The KL is estimated from the sample. The prior owns its weights: `dispose` disposes of them.
 *
 * @example
 * ```ts
 * const prior = new FlowPrior({ latentDim: 20, flow: [couplingFlow({ steps: 4, seed: 7 })] });
 * const flexible = new Vae({ encoder: vae.encoder, decoder: vae.decoder, prior });
 * ```
 */
export class FlowPrior extends LearnedPrior<FlowDistribution> {
  /** Size of z. */
  readonly latentDim: number;
  /** The flows as they were given. */
  readonly flow: readonly Flow[];

  /** Its name in model files. */
  static get kind(): string {
    return 'FlowPrior';
  }

  /** Builds the prior from what `config()` gave. */
  static fromConfig(config: PartConfig): FlowPrior {
    return new FlowPrior(config as FlowPriorOptions);
  }

  /**
   * @param options The size of z and the flows.
   * @throws When a flow has no inverse, or takes features, which no encoder gives here.
   */
  constructor(options: FlowPriorOptions) {
    const owner = 'FlowPrior';
    checkKeys(owner, options, ['latentDim', 'flow'], {}, ['latentDim', 'flow']);
    const { latentDim, flow } = options;
    checkCount(owner, 'latentDim', latentDim);
    checkFlows(owner, flow);
    for (const one of flow) checkPriorFlow(owner, one, latentDim);
    super(tidy(() => flowVariables(flow, latentDim)));
    this.latentDim = latentDim;
    this.flow = flow;
  }

  /** The kind of its distribution: a posterior that names it in `closedKl` has a closed KL to this prior. */
  get kind(): string {
    return 'flowDistribution';
  }

  /** The `[…]` of z. */
  get latentShape(): readonly number[] {
    return [this.latentDim];
  }

  distribution(): FlowDistribution {
    return tidy(() => {
      const base = new StandardNormal({ shape: this.latentShape });
      return new FlowDistribution({ base, flow: boundFlows(this.flow, this.own, () => undefined) });
    });
  }

  config(): PartConfig {
    return { latentDim: this.latentDim, flow: this.flow };
  }
}

function checkPriorFlow(owner: string, flow: Flow, latentDim: number): void {
  if (!flow.inverse) {
    throw new Error(`${owner}: ${flow.kind} has no inverse, which the density of a prior needs; take couplingFlow`);
  }
  if (flow.features(latentDim) === 0) return;
  throw new Error(`${owner}: ${flow.kind} takes features of an encoder, which a prior has not; leave context at 0`);
}
