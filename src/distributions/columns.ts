import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { fillMissing } from '../ops/fill-missing';
import { stopGradient } from '../ops/stop-gradient';
import { withoutGradient } from '../ops/without-gradient';
import {
  type Distribution,
  type LogProbOptions,
  noClosedKl,
  type SampleOptions,
  type SampleWithLogProb,
} from './distribution';
import { checkValue } from './shapes';

/** What `Columns` takes. */
export type ColumnsOptions = {
  /** A distribution of each column, in their order, all with the event `[1]`. */
  columns: Readonly<Record<string, Distribution>>;
  /** By the name of a column: its values are `centre + spread·y`, where y has the distribution. */
  units?: Readonly<
    Record<
      string,
      {
        /** What is added. Default 0. */
        readonly centre?: number;
        /** What is multiplied with. Default 1. */
        readonly spread?: number;
      }
    >
  >;
};

/** The centre and the spread of each column, `[columns]`, and log spread. */
type Units = { centre: number[]; spread: number[]; logSpread: number[] };

/**
 * The rows of a table whose columns are of different kinds, each with a distribution of its own. NaN is a missing value:
 * it counts nothing.
 *
 * `log p(x) = Σ_c log p_c((x_c − centre_c) / spread_c) − log spread_c` over the columns that are observed, in nats
 * (Nazábal et al. 2020, arXiv 1807.03653, equation 3).
 *
 * Shapes: values `[batch, columns]` or `[samples, batch, columns]`, a category as its class index; log-probabilities
 * `[batch]` or `[samples, batch]`, those of `logProbElements` `[batch, columns]`. Means and draws are in the units of each
 * column. `variance`, `mode` and `entropy` are there where every column has them. `columns` has the distributions.
 *
 * @example
 * ```ts
 * const rows = new Columns({
 *   columns: {
 *     height: new Normal({ mean: tf.zeros([8, 1]), scale: tf.scalar(1) }),
 *     sick: new Bernoulli({ logits: tf.zeros([8, 1]) }),
 *   },
 *   units: { height: { centre: 170, spread: 10 } },
 * });
 * const logProb = rows.logProb(tf.tensor2d(Array(8).fill([180, NaN]))); // [8]: of the heights alone
 * ```
 */
export class Columns implements Distribution {
  readonly kind = 'columns';
  /** The parameters of all columns, as `column/parameter`. */
  readonly params: Readonly<Record<string, tf.Tensor>>;
  readonly reparameterised: boolean;
  readonly eventShape: readonly number[];
  /** The distribution of each column, in its own units. */
  readonly columns: Readonly<Record<string, Distribution>>;
  /** `Var[x]` of each column. */
  readonly variance?: () => tf.Tensor;
  /** The likeliest value of each column. */
  readonly mode?: () => tf.Tensor;
  /** The sum of the entropies of the columns. */
  readonly entropy?: () => tf.Tensor;
  readonly #options: ColumnsOptions;
  readonly #units: Units;

  /**
   * @param options The distributions of the columns, whose parameters stay the caller's.
   * @throws When a column is not a distribution of one number for each row.
   */
  constructor(options: ColumnsOptions) {
    checkKeys('Columns', options, ['columns', 'units'], {}, ['columns']);
    const { columns, units = {} } = options;
    const names = Object.keys(columns);
    for (const name of names) checkColumn(name, columns[name]!);
    this.#options = options;
    this.#units = unitsOf(names.map(name => units[name] ?? {}));
    this.columns = columns;
    this.eventShape = [names.length];
    this.params = Object.fromEntries(
      names.flatMap(name => Object.entries(columns[name]!.params).map(([key, t]) => [`${name}/${key}`, t])),
    );
    const each = this.#each;
    this.reparameterised = each.every(d => d.reparameterised);
    const { spread, logSpread } = this.#units;
    if (each.every(d => d.variance)) {
      this.variance = () =>
        tf.tidy(() =>
          tf.mul(
            this.#joined(d => d.variance!()),
            spread.map(s => s * s),
          ),
        );
    }
    if (each.every(d => d.mode)) this.mode = () => tf.tidy(() => this.#inUnits(this.#joined(d => d.mode!())));
    if (each.every(d => d.entropy)) {
      const shift = logSpread.reduce((a, b) => a + b, 0);
      this.entropy = () => tf.tidy(() => tf.add(total(each.map(d => d.entropy!())), shift));
    }
  }

  /** Draws of all columns; gradients flow through them only where they do through every column. */
  sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => {
      const drawn = this.#inUnits(this.#joined(d => d.sample(options)));
      return this.reparameterised ? drawn : stopGradient(drawn);
    });
  }

  sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    const value = this.sample(options);
    return { value, logProb: this.logProb(value) };
  }

  logProb(x: tf.Tensor, options: LogProbOptions = {}): tf.Tensor {
    checkKeys('Columns.logProb', options, ['mask']);
    return tf.tidy(() => total(this.#logProbs(x, options.mask)));
  }

  /** Of each column; 0 where the value is missing. */
  logProbElements(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => tf.stack(this.#logProbs(x), -1));
  }

  /** No KL has a closed form. */
  hasKl(): boolean {
    return false;
  }

  kl(p: Distribution): tf.Tensor {
    throw noClosedKl(this, p);
  }

  /** The mean of each column, in its units; of a category the mean of its class indices, for which `mode` is better. */
  mean(): tf.Tensor {
    return tf.tidy(() => this.#inUnits(this.#joined(d => d.mean())));
  }

  detach(): Columns {
    const columns = Object.entries(this.columns).map(([name, d]) => [name, d.detach()]);
    return new Columns({ ...this.#options, columns: Object.fromEntries(columns) });
  }

  dispose(): void {
    for (const d of this.#each) d.dispose();
  }

  get #each(): Distribution[] {
    return Object.values(this.columns);
  }

  /** What each column gives, `[…, 1]`, side by side. */
  #joined(of: (d: Distribution) => tf.Tensor): tf.Tensor {
    return tf.concat(this.#each.map(of), -1);
  }

  #inUnits(y: tf.Tensor): tf.Tensor {
    const { centre, spread } = this.#units;
    return tf.add(tf.mul(y, spread), centre);
  }

  #logProbs(x: tf.Tensor, mask?: tf.Tensor): tf.Tensor[] {
    const each = this.#each;
    const lead = each[0]!.mean().shape.slice(0, -1);
    checkValue('Columns.logProb: x', x, [...lead, each.length], 1);
    const { centre, spread, logSpread } = this.#units;
    // Not an operation of x on the tape, where what chooses has no gradient.
    const observed = withoutGradient([], () => {
      const seen = tf.sub(1, tf.cast(tf.isNaN(x), 'float32'));
      return mask ? tf.mul(fillMissing(seen, mask, 1), mask) : seen;
    });
    const values = tf.split(tf.div(tf.sub(x, centre), spread), each.length, -1) as tf.Tensor[];
    const masks = tf.split(observed, each.length, -1) as tf.Tensor[];
    return each.map((d, i) => {
      const logProb = d.logProb(values[i]!, { mask: masks[i]! });
      return logSpread[i] ? tf.sub(logProb, tf.mul(tf.squeeze(masks[i]!, [-1]), logSpread[i]!)) : logProb;
    });
  }
}

/** Not addN, which is wrong for many tensors on webgpu. */
function total(terms: readonly tf.Tensor[]): tf.Tensor {
  return tf.sum(tf.stack([...terms]), 0);
}

function unitsOf(given: readonly { readonly centre?: number; readonly spread?: number }[]): Units {
  const spread = given.map(({ spread: s = 1 }) => s);
  return { centre: given.map(({ centre = 0 }) => centre), spread, logSpread: spread.map(Math.log) };
}

/** @throws When a column is not one number for each row. */
function checkColumn(name: string, d: Distribution): void {
  const event = d?.eventShape;
  if (event?.length === 1 && event[0] === 1) return;
  const got = event ? `the event [${event}]` : 'no distribution';
  throw new Error(`Columns: column ${name} must be a distribution with the event [1], got ${got}`);
}
