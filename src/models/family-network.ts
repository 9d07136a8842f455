import * as tf from '@tensorflow/tfjs';
import type { Distribution } from '../distributions/distribution';
import type { Family, FamilyContext } from '../families/family';
import { rawParameters } from '../families/raw-parameters';
import { checkKeys } from '../ops/check-keys';
import { defined } from '../ops/defined';
import { tidy } from '../ops/tidy';
import type { Update, Variables } from '../variables/variables';
import type { DecodeOptions } from './decoder';
import type { Module, Network } from './network';
import { runNetwork } from './run-network';

type Shape = readonly (number | null)[];

/** What a `FamilyNetwork` is made of. */
export type FamilyNetworkParts<D extends Distribution> = {
  /** Begins its errors, such as `PosteriorEncoder`. */
  owner: string;
  /** The network as it was given. */
  network: Network;
  /** What is run: the network, and a head behind it if it has one. */
  module: Module;
  /** What the outputs mean. */
  family: Family<D>;
  /** The `[…event]` of the distribution. */
  event: Shape;
};

/**
 * A network and the family that makes a distribution of its outputs: what encoders, decoders and conditional priors have
 * in common. It owns the network and the variables of the family, and `dispose` disposes of both.
 */
export abstract class FamilyNetwork<D extends Distribution> {
  /** The network as it was given. */
  readonly network: Network;
  /**
   * What it is made of; not `#parts`, so that a Proxy around an encoder or a decoder works.
   * @internal
   */
  protected readonly parts: FamilyNetworkParts<D>;
  /**
   * Variables of the family, by path.
   * @internal
   */
  protected readonly own: Variables;

  /** @internal */
  constructor(parts: FamilyNetworkParts<D>) {
    this.network = parts.network;
    this.parts = parts;
    this.own = tidy(() => parts.family.createVariables?.(parts.event) ?? {});
    checkOwn(parts, this.own);
  }

  /** Whether a condition is needed: whether the network has a second input for it. */
  get conditional(): boolean {
    return this.parts.module.inputShapes.length === 2;
  }

  /** Whether the distribution of an example depends on that example alone, and not on the rest of its batch. */
  get perExample(): boolean {
    return this.parts.family.perExample ?? true;
  }

  /** Variables by path: those of the network, then those of the family. */
  variables(): Variables {
    return { ...this.parts.module.variables(), ...this.own };
  }

  /** The variables that gradients train now. */
  trainableVariables(): tf.Variable[] {
    return [...this.parts.module.trainableVariables(), ...Object.values(this.own).filter(v => v.trainable)];
  }

  /** What to remember of a step that gave this distribution. */
  updates(distribution: D, options: DecodeOptions): readonly Update[] {
    const { family, event } = this.parts;
    return tidy(() => family.updates?.(distribution, contextOf(this.own, event.length, options)) ?? []);
  }

  /** Disposes of the network and of the variables. May be called twice. */
  dispose(): void {
    this.parts.module.dispose();
    for (const v of Object.values(this.own)) v.dispose();
  }

  /**
   * Runs the network on `input`, which errors call by its `name`, and makes the distribution of what it gives.
   * @internal
   */
  protected run(method: string, name: string, input: tf.Tensor, options: DecodeOptions, keys: readonly string[]): D {
    const { owner, module, family, event } = this.parts;
    checkKeys(`${owner}.${method}`, options, keys as readonly (keyof DecodeOptions)[]);
    return tidy(() => {
      const outputs = runNetwork(`${owner}.${method}`, name, module, input, options);
      checkExposure(`${owner}.${method}`, options.exposure, outputs[0]!.shape.at(-1 - module.outputShapes[0]!.length)!);
      const raw = rawParameters(outputs, family.parameters(event.at(-1) ?? 1));
      return family.distribution(raw, contextOf(this.own, event.length, options));
    });
  }
}

/** @throws When an exposure is neither one number for each example nor one for all. */
function checkExposure(owner: string, exposure: tf.Tensor | undefined, batch: number): void {
  if (!exposure || exposure.size === batch || exposure.size === 1) return;
  throw new Error(`${owner}: exposure must be [batch] for a batch of ${batch}, got [${exposure.shape}]`);
}

/** What the family is told in a call with these options. */
function contextOf(
  variables: Variables,
  eventRank: number,
  { condition: _, rng: __, training = false, exposure, ...rest }: DecodeOptions,
): FamilyContext {
  // One number for each example becomes one that broadcasts over its event.
  // Numbers of trials may come as integers, which have no logarithm in tfjs.
  const spread = exposure && tf.reshape(tf.cast(exposure, 'float32'), [-1, ...Array<number>(eventRank).fill(1)]);
  return { ...rest, ...defined({ exposure: spread }), variables, eventRank, training };
}

/** @throws When a variable of the family has the path of a weight of the network, which files would then lack. */
function checkOwn({ owner, family, module }: FamilyNetworkParts<Distribution>, own: Variables): void {
  const twice = Object.keys(module.variables()).find(path => Object.hasOwn(own, path));
  if (twice === undefined) return;
  tf.dispose(own);
  throw new Error(
    `${owner}: the network and '${family.kind}' both have a variable ${twice}; rename that of the family`,
  );
}
