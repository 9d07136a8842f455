import type * as tf from '@tensorflow/tfjs';
import { Bernoulli } from '../../src/distributions/bernoulli';
import type { Distribution } from '../../src/distributions/distribution';
import { Normal } from '../../src/distributions/normal';
import { StandardNormal } from '../../src/distributions/standard-normal';
import golden from '../golden/distributions.json';

/** A number or nested arrays of them, `[batch, …event]`. */
export type Nested = number | readonly Nested[];
export type Params = Readonly<Record<string, Nested>>;
type Tensors<P> = { [K in keyof P]: tf.Tensor };

/** Sum of the log-probabilities of a whole batch in float64 JavaScript: flat values, flat parameters. */
type LogProb64 = (x: readonly number[], params: Readonly<Record<string, readonly number[]>>) => number;
/** Sum of the KLs of a whole batch in float64 JavaScript. */
type Kl64 = (q: Record<string, readonly number[]>, p: Record<string, readonly number[]>) => number;

/** A distribution that has a closed KL from the row's. */
export type KlRow = {
  name: string;
  params: Params;
  make(tensors: Record<string, tf.Tensor>): Distribution;
  expected: Nested;
  kl64: Kl64;
};

/** What the oracle test knows of one distribution. */
export type Row = {
  name: string;
  params: Params;
  make(tensors: Record<string, tf.Tensor>): Distribution;
  /** Inside the support, `[batch, …event]`. */
  x: Nested;
  eventRank: number;
  logProb: Nested;
  /** Omitted where there is none in closed form. */
  entropy?: Nested;
  mean: Nested;
  variance?: Nested;
  logProb64: LogProb64;
  /** Values are integers: log p(x) has no gradient by x. */
  discrete?: boolean;
  kl?: readonly KlRow[];
};

/** Keeps the names of the parameters, so that `make` can take them out by name. */
function row<P extends Params>(
  options: Omit<Row, 'params' | 'make'> & { params: P; make(tensors: Tensors<P>): Distribution },
): Row {
  return options as unknown as Row;
}

function klRow<P extends Params>(
  options: Omit<KlRow, 'params' | 'make'> & { params: P; make(tensors: Tensors<P>): Distribution },
): KlRow {
  return options as unknown as KlRow;
}

type Scalars = Record<string, number>;
const at = (params: Readonly<Record<string, readonly number[]>>, i: number): Scalars =>
  Object.fromEntries(Object.entries(params).map(([name, list]) => [name, list[i % list.length]!]));

/** From one element to the sum over all; shorter parameters repeat. */
const sumOfElements =
  (element: (x: number, p: Scalars) => number): LogProb64 =>
  (x, params) =>
    x.reduce((total, v, i) => total + element(v, at(params, i)), 0);

/** As `sumOfElements`, for `size` elements of two distributions. */
const klOfElements =
  (size: number, element: (q: Scalars, p: Scalars) => number): Kl64 =>
  (q, p) =>
    Array.from({ length: size }, (_, i) => element(at(q, i), at(p, i))).reduce((a, b) => a + b, 0);

const variance = ({ logVar, scale }: Scalars) => (scale === undefined ? Math.exp(logVar ?? 0) : scale ** 2);
const normal64 = sumOfElements((x, p) => {
  const v = variance(p);
  return -0.5 * ((x - (p['mean'] ?? 0)) ** 2 / v + Math.log(2 * Math.PI * v));
});
const normalKl = (q: Scalars, p: Scalars) => {
  const [vq, vp] = [variance(q), variance(p)];
  return 0.5 * (Math.log(vp / vq) + (vq + ((q['mean'] ?? 0) - (p['mean'] ?? 0)) ** 2) / vp - 1);
};
const softplus = (l: number) => Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l)));
const bernoulli64 = sumOfElements((x, { logits }) => x * logits! - softplus(logits!));
const bernoulliKl = ({ logits: q }: Scalars, { logits: p }: Scalars) =>
  (q! - p!) / (1 + Math.exp(-q!)) - softplus(q!) + softplus(p!);

const standard = (size: number, shape: number[], expected: Nested) =>
  klRow({
    name: 'StandardNormal',
    params: {},
    make: () => new StandardNormal({ shape }),
    expected,
    kl64: klOfElements(size, normalKl),
  });

const { normalLogVar, normalScale, normalScalar, normalSamples, normalNoEvent } = golden;
const { standardNormal, bernoulli, bernoulliGrey } = golden;

/** A new distribution joins here with one row, its numbers from scripts/golden/make_golden.py or written by hand. */
export const rows: readonly Row[] = [
  row({
    ...normalLogVar,
    name: 'Normal, mean and logVar',
    make: ({ mean, logVar }) => new Normal({ mean, logVar }),
    eventRank: 1,
    logProb64: normal64,
    kl: [
      klRow({
        name: 'Normal, mean and logVar',
        params: normalLogVar.kl.normal.params,
        make: ({ mean, logVar }) => new Normal({ mean, logVar }),
        expected: normalLogVar.kl.normal.y,
        kl64: klOfElements(6, normalKl),
      }),
      klRow({
        name: 'Normal, mean and scale',
        params: normalLogVar.kl.scale.params,
        make: ({ mean, scale }) => new Normal({ mean, scale }),
        expected: normalLogVar.kl.scale.y,
        kl64: klOfElements(6, normalKl),
      }),
      standard(6, [2], normalLogVar.kl.standard.y),
    ],
  }),
  row({
    ...normalScale,
    name: 'Normal, mean and scale',
    make: ({ mean, scale }) => new Normal({ mean, scale }),
    eventRank: 1,
    logProb64: normal64,
    kl: [
      klRow({
        name: 'Normal, mean and logVar',
        params: normalScale.kl.normal.params,
        make: ({ mean, logVar }) => new Normal({ mean, logVar }),
        expected: normalScale.kl.normal.y,
        kl64: klOfElements(6, normalKl),
      }),
      standard(6, [2], normalScale.kl.standard.y),
    ],
  }),
  row({
    ...normalScalar,
    name: 'Normal over matrices, scalar logVar',
    make: ({ mean, logVar }) => new Normal({ mean, logVar }),
    eventRank: 2,
    logProb64: normal64,
    kl: [standard(12, [2, 3], normalScalar.kl.standard.y)],
  }),
  row({
    ...normalSamples,
    name: 'Normal with parameters [samples, batch, event]',
    make: ({ mean, logVar }) => new Normal({ mean, logVar, eventRank: 1 }),
    eventRank: 1,
    logProb64: normal64,
    kl: [
      klRow({
        name: 'Normal, mean and logVar',
        params: normalSamples.kl.normal.params,
        make: ({ mean, logVar }) => new Normal({ mean, logVar, eventRank: 1 }),
        expected: normalSamples.kl.normal.y,
        kl64: klOfElements(12, normalKl),
      }),
      standard(12, [2], normalSamples.kl.standard.y),
    ],
  }),
  row({
    ...normalNoEvent,
    name: 'Normal without an event',
    make: ({ mean, logVar }) => new Normal({ mean, logVar }),
    eventRank: 0,
    logProb64: normal64,
    kl: [
      klRow({
        name: 'Normal, mean and logVar',
        params: normalNoEvent.kl.normal.params,
        make: ({ mean, logVar }) => new Normal({ mean, logVar }),
        expected: normalNoEvent.kl.normal.y,
        kl64: klOfElements(4, normalKl),
      }),
    ],
  }),
  row({
    ...standardNormal,
    name: 'StandardNormal',
    params: {},
    make: () => new StandardNormal({ shape: [2] }),
    eventRank: 1,
    logProb64: normal64,
    kl: [
      standard(2, [2], standardNormal.kl.standard.y),
      klRow({
        name: 'Normal, mean and logVar',
        params: { mean: [[1, 0]], logVar: [[0, Math.fround(Math.log(4))]] },
        make: ({ mean, logVar }) => new Normal({ mean, logVar }),
        expected: [0.5 + 0.5 * (Math.log(4) + 0.25 - 1)],
        kl64: klOfElements(2, normalKl),
      }),
    ],
  }),
  row({
    ...bernoulli,
    name: 'Bernoulli',
    make: ({ logits }) => new Bernoulli({ logits }),
    eventRank: 1,
    logProb64: bernoulli64,
    discrete: true,
    kl: [
      klRow({
        name: 'Bernoulli',
        params: bernoulli.kl.bernoulli.params,
        make: ({ logits }) => new Bernoulli({ logits }),
        expected: bernoulli.kl.bernoulli.y,
        kl64: klOfElements(12, bernoulliKl),
      }),
    ],
  }),
  row({
    ...bernoulliGrey,
    name: 'Bernoulli over matrices, grey levels',
    make: ({ logits }) => new Bernoulli({ logits }),
    eventRank: 2,
    logProb64: bernoulli64,
    discrete: true,
    kl: [
      klRow({
        name: 'Bernoulli',
        params: bernoulliGrey.kl.bernoulli.params,
        make: ({ logits }) => new Bernoulli({ logits }),
        expected: bernoulliGrey.kl.bernoulli.y,
        kl64: klOfElements(12, bernoulliKl),
      }),
    ],
  }),
];
