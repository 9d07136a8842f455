import { BinaryConcrete } from '../../../src/distributions/binary-concrete';
import { Concrete } from '../../../src/distributions/concrete';
import { GumbelSigmoid } from '../../../src/distributions/gumbel-sigmoid';
import { GumbelSoftmax } from '../../../src/distributions/gumbel-softmax';
import bernoulli from '../../golden/distributions/bernoulli.json';
import binary from '../../golden/distributions/binary-concrete.json';
import golden from '../../golden/distributions/concrete.json';
import oneHot from '../../golden/distributions/one-hot-categorical.json';
import { categoriesTwins } from '../categories-twins';
import { type Row, row } from '../row';
import { logitOpen, logSimplices, oneHots, supports } from '../supports';
import { logProbOfElements, logProbOfExamples } from '../twins';

const TEMPERATURE = 0.75;
const softplus = (l: number) => Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l)));

/** `log Γ(K) + (K − 1) log τ + Σ log softmax(l − τ·log x)` of each variable. */
const concrete64 = (classes: number) =>
  logProbOfExamples((x, { logits }) => {
    let sum = 0;
    for (let start = 0; start < x.length; start += classes) {
      const d = x.slice(start, start + classes).map((v, k) => logits![start + k]! - TEMPERATURE * Math.log(v));
      const total = Math.log(d.reduce((a, v) => a + Math.exp(v), 0));
      sum += d.reduce((a, v) => a + v - total, 0) + (classes - 1) * Math.log(TEMPERATURE);
      for (let k = 2; k < classes; k++) sum += Math.log(k);
    }
    return sum;
  });

const concrete = (classes: number) => ({
  of: 'Concrete',
  make: ({ logits }: { logits: ConstructorParameters<typeof Concrete>[0]['logits'] }) =>
    new Concrete({ logits, temperature: TEMPERATURE }),
  support: logSimplices(classes),
  without: ['mean', 'logProbElements', 'klElements', 'mode', 'variance', 'entropy', 'mask'] as const,
  logProb64: concrete64(classes),
});

export const concreteRows: readonly Row[] = [
  row({ ...concrete(3), name: 'Concrete', golden: golden.three, event: [3] }),
  row({ ...concrete(2), name: 'Concrete of two variables', golden: golden.pairs, event: [2, 2] }),
  row({
    of: 'GumbelSoftmax',
    name: 'GumbelSoftmax, straight through',
    golden: oneHot.hard,
    make: ({ logits }) => new GumbelSoftmax({ logits, temperature: TEMPERATURE, straightThrough: true }),
    event: [4],
    support: oneHots(4),
    without: ['logProbElements', 'klElements'],
    logProb64: categoriesTwins(4).ofTarget64,
  }),
];

export const binaryConcreteRows: readonly Row[] = [
  row({
    of: 'BinaryConcrete',
    name: 'BinaryConcrete',
    golden: binary.binaryConcrete,
    make: ({ logits }) => new BinaryConcrete({ logits, temperature: TEMPERATURE }),
    event: [2],
    support: logitOpen,
    without: ['mean', 'mode', 'variance', 'entropy'],
    logProb64: logProbOfElements((x, { logits }) => {
      const d = logits! - TEMPERATURE * (Math.log(x) - Math.log1p(-x));
      return Math.log(TEMPERATURE) + d - 2 * softplus(d);
    }),
  }),
  row({
    of: 'GumbelSigmoid',
    name: 'GumbelSigmoid, straight through',
    golden: bernoulli.binary,
    make: ({ logits }) => new GumbelSigmoid({ logits, temperature: TEMPERATURE, straightThrough: true }),
    event: [4],
    support: supports.binary,
    logProb64: logProbOfElements((x, { logits }) => x * logits! - softplus(logits!)),
  }),
];
