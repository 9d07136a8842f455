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
  prior.checkEncoder?.(encoder);
}

/** @throws When the posterior cannot have a prior of this kind. */
function checkKind({ priors }: Encoder, { kind }: Prior): void {
  if (!priors || kind === undefined || priors.includes(kind)) return;
  throw new Error(
    `Vae: the posterior takes a prior of kind ${priors.join(' or ')}, got ${kind}; leave it out for the default`,
  );
}
