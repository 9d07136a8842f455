import type * as tf from '@tensorflow/tfjs';
import type { Distribution } from '../distributions/distribution';
import type { PartConfig, SaveablePart } from '../variables/saveable-part';
import type { Variables } from '../variables/variables';
import type { Prior, PriorContext } from './prior';

/** A prior with variables of its own: what those of this package share. `dispose` disposes of the variables. */
export abstract class LearnedPrior<D extends Distribution> implements Prior, SaveablePart {
  /**
   * Its variables, by path.
   * @internal
   */
  protected readonly own: Variables;

  /** @internal */
  constructor(own: Variables) {
    this.own = own;
  }

  /** p(z). */
  abstract distribution(context: PriorContext): D;

  /** The options, for `saveVae`. */
  abstract config(): PartConfig;

  /** Variables by path. */
  variables(): Variables {
    return { ...this.own };
  }

  /** The variables that gradients train now. */
  trainableVariables(): tf.Variable[] {
    return Object.values(this.own).filter(v => v.trainable);
  }

  /** Disposes of the variables. May be called twice. */
  dispose(): void {
    for (const v of Object.values(this.own)) v.dispose();
  }
}
