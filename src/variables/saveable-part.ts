/** The options of a part's constructor: plain data, networks, and other parts. */
export type PartConfig = Record<string, unknown>;

/**
 * An encoder, decoder, prior or family that a model file can hold; its class, or its factory, is a `PartClass`.
 */
export interface SaveablePart {
  /**
   * What `fromConfig` of its class rebuilds it from: plain data, networks as they are, other parts. It has no weights.
   */
  config(): PartConfig;
}

/**
 * The class of a part that a model file can hold, for `loadVae(source, { parts })`.
 *
 * @example
 * ```ts
 * import type { GaussianEncoderOptions, PartClass, PartConfig } from 'tfjs-vae';
 *
 * class NarrowEncoder extends GaussianEncoder {
 *   static override get kind() {
 *     return 'NarrowEncoder';
 *   }
 *   static override fromConfig(config: PartConfig) {
 *     return new NarrowEncoder(config as GaussianEncoderOptions);
 *   }
 * }
 * const parts: PartClass[] = [NarrowEncoder, BernoulliDecoder];
 * ```
 */
export interface PartClass {
  /** Its name in model files, unique among all parts: class names change when code is minified. */
  readonly kind: string;
  /** Builds a part from what `config()` gave, with the networks and parts in it built already. */
  fromConfig(config: PartConfig): SaveablePart | Promise<SaveablePart>;
}

/** Whether a model file can hold it. */
export function isSaveablePart(value: unknown): value is SaveablePart {
  return typeof value === 'object' && value !== null && 'config' in value && typeof value.config === 'function';
}

/** The name of its kind, unchecked: a family is a plain object that has it itself, all others have it in their class. */
export function declaredKind(part: SaveablePart): unknown {
  return (isPlain(part) ? (part as { kind?: unknown }) : (part.constructor as Partial<PartClass>)).kind;
}

/** @throws When its class has no `kind` and `fromConfig` of its own: inherited ones would build the parent class. */
export function kindOf(owner: string, part: SaveablePart): string {
  const kind = declaredKind(part);
  const isOwn = isPlain(part) || ['kind', 'fromConfig'].every(name => Object.hasOwn(part.constructor, name));
  if (typeof kind === 'string' && kind !== '' && isOwn) return kind;
  throw new Error(
    `${owner} needs a static kind and a static fromConfig of its own class; add them, or use saveWeights`,
  );
}

function isPlain(part: object): boolean {
  return Object.getPrototypeOf(part) === Object.prototype;
}
