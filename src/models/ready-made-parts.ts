import { bernoulliFamily } from '../families/bernoulli-family';
import { totalSize } from '../families/event-shape';
import type { Family } from '../families/family';
import { gaussianFamily } from '../families/gaussian-family';
import { BernoulliDecoder } from './bernoulli-decoder';
import type { Decoder } from './decoder';
import type { Encoder } from './encoder';
import { GaussianDecoder } from './gaussian-decoder';
import { GaussianEncoder, type GaussianEncoderOptions } from './gaussian-encoder';
import { LikelihoodDecoder } from './likelihood-decoder';
import type { Network } from './network';
import { PosteriorEncoder } from './posterior-encoder';
import type { AnyReadyMadeOptions, ReadyMadeDecoder } from './ready-made';

/** A decoder that waits for its network. */
type DecoderPlan = {
  /** What the network has to give: the raw parameters of each element along the last axis. */
  outputShape: number[];
  /** The decoder with this network. */
  build(network: Network): Decoder;
};

/** The decoder of a ready-made VAE; its family is asked how wide the network has to be. */
export function planDecoder(owner: string, options: AnyReadyMadeOptions): DecoderPlan {
  const { inputShape, decoder = 'bernoulli', likelihood } = options;
  const family = likelihood ?? familyOf(decoder);
  // A table has as many columns as its family says, however wide the encoder's input is.
  const size = Array.isArray(family.support) ? family.support.length : inputShape.at(-1)!;
  const width = totalSize(family, size);
  if (width < 1) throw new Error(`${owner}: the likelihood has no parameters for a last axis of ${size}`);
  return {
    outputShape: [...inputShape.slice(0, -1), width],
    build(network) {
      if (likelihood) return new LikelihoodDecoder({ network, likelihood });
      return decoder === 'bernoulli' ? new BernoulliDecoder({ network }) : new GaussianDecoder({ ...decoder, network });
    },
  };
}

function familyOf(decoder: ReadyMadeDecoder): Family {
  return decoder === 'bernoulli' ? bernoulliFamily() : gaussianFamily(decoder, 'GaussianDecoder');
}

/** The encoder of a ready-made VAE: Gaussian, unless another posterior is given. */
export function readyMadeEncoder(options: GaussianEncoderOptions, posterior: Family | undefined): Encoder {
  return posterior ? new PosteriorEncoder({ ...options, posterior }) : new GaussianEncoder(options);
}
