import type * as tf from '@tensorflow/tfjs';
import type { Family, PartClass, Support } from 'tfjs-vae';

type Nested = number | readonly Nested[];

/** From raw numbers to parameters, from scripts/golden/make_families.py. */
export type Golden = {
  /** What the network gives, `[batch, …]`. */
  raw: Readonly<Record<string, Nested>>;
  /** What comes out, by the names of `params`. */
  params: Readonly<Record<string, Nested>>;
  /** Values of the family's own variables. */
  variables?: Readonly<Record<string, Nested>>;
  /** The data of a training step; without them nobody trains. */
  target?: Nested;
};

/** All that the tests know of one family: a new one joins them with such a row. */
export type FamilyRow = {
  name: string;
  /** The public name of its factory; a family of the tests themselves has none. */
  of?: string;
  family: Family;
  /** The last axis of the event that the golden values are of. */
  size: number;
  golden: readonly Golden[];
  /** Kinds of priors to which the KL of its posterior is closed. */
  closedKl?: readonly string[];
  /** Whether an example couples the batch. */
  couples?: boolean;
  /** For a likelihood: what it explains. A row without it is trained as a posterior. */
  data?: {
    support: Support;
    /** Data within the support, `[count, size]`. */
    draw(count: number): tf.Tensor;
    /** A value outside of the support, and what its refusal says; for all reals that is NaN. */
    outside: readonly [number, RegExp];
  };
  /** What `loadVae` must be given beside encoder and decoder. */
  parts?: readonly PartClass[];
};
