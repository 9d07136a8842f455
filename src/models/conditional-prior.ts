import type { Distribution } from '../distributions/distribution';
import { checkFamily } from '../families/check-family';
import { eventShapeOf } from '../families/event-shape';
import type { Family } from '../families/family';
import { checkKeys } from '../ops/check-keys';
import { defined } from '../ops/defined';
import type { PartConfig, SaveablePart } from '../variables/saveable-part';
import { FamilyNetwork } from './family-network';
import { asModule, type Network } from './network';
import type { Prior, PriorContext } from './prior';

/** What `ConditionalPrior` takes. */
export type ConditionalPriorOptions<D extends Distribution = Distribution> = {
  /** Condition → the raw parameters of the prior: one output for each, or one whose last axis holds all of them. */
  network: Network;
  /** What the outputs mean, such as `normalFamily()`. */
  family: Family<D>;
};

/**
 * A prior that a network makes of the condition, `p(z | c) = family(network(c))`.
 *
 * Sohn et al. 2015, "Learning Structured Output Representation using Deep Conditional Generative Models". The prior owns
 * the network: `dispose` disposes of it.
 *
 * @example
 * ```ts
 * const prior = new ConditionalPrior({
 *   network: tf.sequential({ layers: [tf.layers.dense({ inputShape: [10], units: 2 * 20 })] }),
 *   family: normalFamily(),
 * });
 * const conditional = new Vae({ encoder: vae.encoder, decoder: vae.decoder, prior });
 * const fresh = conditional.sample(64, { condition: tf.oneHot([3], 10) });
 * ```
 */
export class ConditionalPrior<D extends Distribution = Distribution>
  extends FamilyNetwork<D>
  implements Prior, SaveablePart
{
  /** The family as it was given. */
  readonly family: Family<D>;

  /** Its name in model files. */
  static get kind(): string {
    return 'ConditionalPrior';
  }

  /** Builds the prior from what `config()` gave. */
  static fromConfig(config: PartConfig): ConditionalPrior {
    return new ConditionalPrior(config as ConditionalPriorOptions);
  }

  /**
   * @param options The network and the family.
   * @throws When the network takes more than the condition, its outputs are not the parameters of the family, or the
   * family has no density of a z from elsewhere.
   */
  constructor(options: ConditionalPriorOptions<D>) {
    const owner = 'ConditionalPrior';
    checkKeys(owner, options, ['network', 'family'], {}, ['network', 'family']);
    const { network, family } = options;
    checkFamily(owner, 'family', family);
    if (family.hasDensity === false) {
      throw new Error(`${owner}: '${family.kind}' has no density of a z from elsewhere, which a prior needs`);
    }
    const module = asModule(owner, network);
    if (module.inputShapes.length > 1) {
      throw new Error(`${owner}: network must have one input, the condition, got ${module.inputShapes.length}`);
    }
    super({ owner, network, module, family, event: eventShapeOf(owner, family, module.outputShapes) });
    this.family = family;
  }

  /** The kind of its distribution: a posterior that names it in `closedKl` has a closed KL to this prior. */
  get kind(): string {
    return this.family.distributionKind ?? this.family.kind;
  }

  get latentShape(): readonly (number | null)[] {
    const { event } = this.parts;
    const size = event[0];
    return (event.length === 1 && typeof size === 'number' && this.family.eventShape?.(size)) || event;
  }

  override get conditional(): boolean {
    return true;
  }

  /**
   * `p(z | condition)` for a batch.
   *
   * @throws When the condition is missing, or does not fit the network.
   */
  distribution({ condition, training, rng, step }: Pick<PriorContext, 'condition' | 'training' | 'rng' | 'step'>): D {
    if (!condition) throw new Error('ConditionalPrior: p(z | condition) needs a condition, but none was given');
    const call = { training, ...defined({ rng, step }) };
    return this.run('distribution', 'condition', condition, call, ['training', 'rng', 'step']);
  }

  /** The options, for `saveVae`. */
  config(): PartConfig {
    return { network: this.network, family: this.family };
  }
}
