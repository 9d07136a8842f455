import * as tf from '@tensorflow/tfjs';
import { Bernoulli, klDivergence, Rng } from 'tfjs-vae';
import { offers } from '../../distributions/row';
import { rows as oracle } from '../../distributions/table';
import bernoulli from '../../golden/bernoulli.json';
import { flat, noise, type ParityRow, tensor, tensorsOf, valueAndGradients, valueAndSumGradients } from '../row';

/** Each distribution of the oracle's table, method by method. */
const oracleRows: ParityRow[] = oracle.flatMap(row => {
  const { name, make, event, kl = [] } = row;
  const { params, x, logProb, mean, variance, entropy } = row.golden;
  const of = row.of ? [row.of] : [];
  const made = () => make(tensorsOf(params));
  const names = Object.keys(params);
  const by = (f: (d: ReturnType<typeof make>) => tf.Tensor) =>
    names.length === 0
      ? [f(made())]
      : valueAndGradients(Object.values(tensorsOf(params)), (...ts) =>
          f(make(Object.fromEntries(names.map((key, i) => [key, ts[i]!])))),
        );
  const present = <T>(values: (T | undefined)[]) => values.filter(value => value !== undefined);
  const rows: ParityRow[] = [
    { name: `${name}: logProb`, of, run: () => by(d => d.logProb(tensor(x))), golden: [flat(logProb)] },
    {
      name: `${name}: logProb with a mask and a sample axis`,
      of,
      run: () => {
        const values = tensor(x);
        const mask = tf.step(noise(values.shape, 'mask'));
        const masked = event.length > 0 && offers(row, 'mask') ? [made().logProb(values, { mask })] : [];
        const sampled = by(d => d.logProb(tf.stack([values, tf.reverse(values, 0)])));
        return [...masked, ...sampled, ...present([made().logProbElements?.(values)])];
      },
    },
    {
      name: `${name}: sample and sampleWithLogProb`,
      of,
      run: () => {
        const { value, logProb } = made().sampleWithLogProb({ rng: new Rng(9), samples: 30 });
        return [made().sample({ rng: new Rng(9) }), value, logProb, made().detach().logProb(tensor(x))];
      },
    },
    {
      name: `${name}: mean, variance, entropy and mode`,
      of,
      run: () => present([made().mean(), made().variance?.(), made().entropy?.(), made().mode?.()]),
      golden: present([mean, variance, entropy]).map(flat),
    },
  ];
  return rows.concat(
    kl.map(other => {
      const p = () => other.make(tensorsOf(other.golden.params));
      return {
        name: `${name}: KL to ${other.name}`,
        of: [...of, 'klDivergence'],
        run: () => [...by(d => klDivergence(d, p())), ...present([made().klElements?.(p())])],
        golden: [flat(other.golden.y)],
      };
    }),
  );
});

export const distributionRows: readonly ParityRow[] = [
  ...oracleRows,
  {
    name: 'Bernoulli, logits from −200 to 200',
    of: ['Bernoulli'],
    run: () => {
      const { x, logits } = bernoulli.logMass;
      return valueAndSumGradients([tensor(x), tensor(logits)], (v, l) => new Bernoulli({ logits: l! }).logProb(v!));
    },
    golden: [bernoulli.logMass.y, bernoulli.logMass.logits, bernoulli.logMass.gradientLogits],
  },
];
