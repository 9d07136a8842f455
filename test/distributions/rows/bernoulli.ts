import { Bernoulli } from '../../../src/distributions/bernoulli';
import golden from '../../golden/distributions/bernoulli.json';
import { klRow, type Nested, type Row, row } from '../row';
import { supports } from '../supports';
import { klOfElements, logProbOfElements } from '../twins';

const softplus = (l: number) => Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l)));

const make = ({ logits }: { logits: ConstructorParameters<typeof Bernoulli>[0]['logits'] }) =>
  new Bernoulli({ logits });

const shared = {
  of: 'Bernoulli',
  make,
  support: supports.binary,
  logProb64: logProbOfElements((x, { logits }) => x * logits! - softplus(logits!)),
};

const toBernoulli = (kl: { params: { logits: Nested }; y: Nested }) =>
  klRow({
    name: 'Bernoulli',
    golden: kl,
    make,
    kl64: klOfElements(({ logits: q }, { logits: p }) => (q! - p!) / (1 + Math.exp(-q!)) - softplus(q!) + softplus(p!)),
  });

export const bernoulliRows: readonly Row[] = [
  row({
    ...shared,
    name: 'Bernoulli',
    golden: golden.binary,
    event: [4],
    kl: [toBernoulli(golden.binary.kl.bernoulli)],
  }),
  row({
    ...shared,
    name: 'Bernoulli over matrices, grey levels',
    golden: golden.grey,
    event: [2, 3],
    kl: [toBernoulli(golden.grey.kl.bernoulli)],
  }),
];
