import type * as tf from '@tensorflow/tfjs';
import type { Distribution } from '../../src/distributions/distribution';
import type { Support } from './supports';
import type { Kl64, LogProb64 } from './twins';

/** A number or nested arrays of them, `[batch, …]`. */
export type Nested = number | readonly Nested[];
export type Params = Readonly<Record<string, Nested>>;
type Tensors<P> = { [K in keyof P]: tf.Tensor };

/** What must come out, from scripts/golden/make_distributions.py. A method without a formula has no entry. */
type Golden<P> = {
  params: P;
  /** Inside the support, `[batch, …event]`. */
  x: Nested;
  logProb: Nested;
  mean: Nested;
  variance?: Nested;
  entropy?: Nested;
};

/** Another distribution to which the KL is closed. */
export type KlRow = {
  name: string;
  golden: { params: Params; y: Nested };
  make(tensors: Record<string, tf.Tensor>): Distribution;
  kl64: Kl64;
};

/**
 * What the contract leaves to a distribution. `mask` is the option of `logProb`; a row without `mean` says that `mean`
 * gives another number than that of the draws.
 */
export type Optional = 'mean' | 'logProbElements' | 'klElements' | 'mode' | 'variance' | 'entropy' | 'mask';

/** All that the tests know of one distribution: a new one joins them with such a row. */
export type Row = {
  name: string;
  /** Its public name; a distribution of the tests themselves has none. */
  of?: string;
  make(tensors: Record<string, tf.Tensor>): Distribution;
  golden: Golden<Params>;
  /** The axes of one value. */
  event: readonly number[];
  support: Support;
  /** What it does not offer. */
  without?: readonly Optional[];
  logProb64: LogProb64;
  kl?: readonly KlRow[];
};

/** Keeps the names of the parameters, so that `make` can take them out by name. */
export function row<P extends Params>(
  options: Omit<Row, 'golden' | 'make'> & { golden: Golden<P>; make(tensors: Tensors<P>): Distribution },
): Row {
  return options as unknown as Row;
}

/** As `row`, for a distribution to which the KL is closed. */
export function klRow<P extends Params>(
  options: Omit<KlRow, 'golden' | 'make'> & {
    golden: { params: P; y: Nested };
    make(tensors: Tensors<P>): Distribution;
  },
): KlRow {
  return options as unknown as KlRow;
}

/** Whether the row says that its distribution offers this. */
export const offers = ({ without = [] }: Row, method: Optional): boolean => !without.includes(method);
