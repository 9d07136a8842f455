import { describeShape, fits } from '../ops/shape';
import type { Decoder } from './decoder';
import type { Encoder } from './encoder';
import type { Prior } from './prior';

/** @throws When the z of the encoder does not fit the decoder or the prior, or prior and posterior make no sense together. */
export function checkLatents(encoder: Encoder, decoder: Decoder, prior: Prior): void {
  const { latentShape = [encoder.latentDim] } = encoder;
  for (const [part, { latentShape: taken = latentShape }] of Object.entries({ decoder, prior })) {
    if (fits(latentShape, taken)) continue;
    throw new Error(
      `Vae: the encoder gives z ${describeShape(latentShape)}, but the ${part} takes ${describeShape(taken)}`,
    );
  }
  checkKind(encoder, prior);
  checkPosteriors(encoder, prior);
}

/** @throws When the posterior cannot have a prior of this kind. */
function checkKind({ priors }: Encoder, { kind }: Prior): void {
  if (!priors || kind === undefined || priors.includes(kind)) return;
  throw new Error(
    `Vae: the posterior takes a prior of kind ${priors.join(' or ')}, got ${kind}; leave it out for the default`,
  );
}

/** @throws When a prior that is made of posteriors cannot be made of those of this encoder. */
function checkPosteriors(encoder: Encoder, { encodes }: Prior): void {
  if (!encodes) return;
  if (encoder.hasDensity === false) {
    throw new Error('Vae: the prior is a mixture of posteriors, which have no density of a z from elsewhere here');
  }
  if (!encoder.conditional) return;
  throw new Error('Vae: the prior has no condition for its pseudo-inputs; take a ConditionalPrior');
}
