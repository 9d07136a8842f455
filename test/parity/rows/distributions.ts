import * as tf from '@tensorflow/tfjs';
import { Bernoulli, klDivergence, Rng } from 'tfjs-vae';
import { rows as oracle } from '../../distributions/table';
import bernoulli from '../../golden/bernoulli.json';
import { flat, noise, type ParityRow, tensor, tensorsOf, valueAndGradients, valueAndSumGradients } from '../row';

/** Each distribution of the oracle's table, method by method. */
const oracleRows: ParityRow[] = oracle.flatMap(({ name, params, make, x, kl = [], ...golden }) => {
  const of = [name.startsWith('Normal') ? 'Normal' : name.startsWith('Standard') ? 'StandardNormal' : 'Bernoulli'];
  const made = () => make(tensorsOf(params));
  const names = Object.keys(params);
  const by = (f: (d: ReturnType<typeof make>) => tf.Tensor) =>
    names.length === 0
      ? [f(made())]
      : valueAndGradients(Object.values(tensorsOf(params)), (...ts) =>
          f(make(Object.fromEntries(names.map((key, i) => [key, ts[i]!])))),
        );
  const rows: ParityRow[] = [
    { name: `${name}: logProb`, of, run: () => by(d => d.logProb(tensor(x))), golden: [flat(golden.logProb)] },
    {
      name: `${name}: logProb with a mask and a sample axis`,
      of,
      run: () => {
        const values = tensor(x);
        const mask = tf.step(noise(values.shape, 'mask'));
        const masked = golden.eventRank > 0 ? [made().logProb(values, { mask })] : [];
        return [
          ...masked,
          ...by(d => d.logProb(tf.stack([values, tf.mul(values, 0.5)]))),
          made().logProbElements!(values),
        ];
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
      name: `${name}: mean, variance and entropy`,
      of,
      run: () => [made().mean(), made().variance!(), made().entropy!(), made().mode!()],
      ...(name !== 'StandardNormal' && {
        golden: [flat(golden.mean), flat(golden.variance!), flat(golden.entropy!)],
      }),
    },
  ];
  return rows.concat(
    kl.map(other => {
      const p = () => other.make(tensorsOf(other.params));
      return {
        name: `${name}: KL to ${other.name}`,
        of: [...of, 'klDivergence'],
        run: () => [...by(d => klDivergence(d, p())), made().klElements!(p())],
        ...(name !== 'StandardNormal' && { golden: [flat(other.expected)] }),
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
