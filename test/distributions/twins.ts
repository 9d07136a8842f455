/** Parameters by name, as flat lists. */
export type Flat = Readonly<Record<string, readonly number[]>>;

/** How many numbers and how many examples there are. */
export type Sizes = { elements: number; examples: number };

/** The sum of the log-probabilities of a whole batch in float64 JavaScript. */
export type LogProb64 = (x: readonly number[], params: Flat, sizes: Sizes) => number;
/** The sum of the KLs of a whole batch in float64 JavaScript. */
export type Kl64 = (q: Flat, p: Flat, sizes: Sizes) => number;

type Scalars = Readonly<Record<string, number>>;
type Lists = Readonly<Record<string, readonly number[]>>;

const sum = (count: number, term: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => term(i)).reduce((a, b) => a + b, 0);

const mapped = <T>(params: Flat, f: (list: readonly number[]) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(params).map(([name, list]) => [name, f(list)]));

/** One element of each parameter; shorter ones repeat. */
const element = (params: Flat, i: number): Scalars => mapped(params, list => list[i % list.length]!);

/** The part of each parameter that belongs to one example; what does not divide belongs to all. */
const example = (params: Flat, i: number, examples: number): Lists =>
  mapped(params, list => {
    const size = list.length / examples;
    return Number.isInteger(size) ? list.slice(i * size, (i + 1) * size) : list;
  });

/** For independent elements: from `log p` of one to the sum over all. */
export function logProbOfElements(logProb: (x: number, p: Scalars) => number): LogProb64 {
  return (x, params) => sum(x.length, i => logProb(x[i]!, element(params, i)));
}

/** For independent elements: from the KL of one to the sum over all. */
export function klOfElements(kl: (q: Scalars, p: Scalars) => number): Kl64 {
  return (q, p, { elements }) => sum(elements, i => kl(element(q, i), element(p, i)));
}

/** For any distribution: from `log p` of one example, with its part of the parameters, to the sum over all. */
export function logProbOfExamples(logProb: (x: readonly number[], p: Lists) => number): LogProb64 {
  return (x, params, { examples }) =>
    sum(examples, i => logProb(example({ x }, i, examples)['x']!, example(params, i, examples)));
}

/** For any distribution: from the KL of one example to the sum over all. */
export function klOfExamples(kl: (q: Lists, p: Lists) => number): Kl64 {
  return (q, p, { examples }) => sum(examples, i => kl(example(q, i, examples), example(p, i, examples)));
}
