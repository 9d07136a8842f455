import { StandardNormal } from '../../../src/distributions/standard-normal';
import golden from '../../golden/distributions/multivariate-normal.json';
import { MultivariateNormal } from '../own/multivariate-normal';
import { klRow, type Row, row } from '../row';
import { supports } from '../supports';
import { klOfExamples, logProbOfExamples } from '../twins';

type Four = [number, number, number, number];
const { multivariateNormal } = golden;

/** A distribution from outside whose elements depend on each other, with a parameter of more axes than its event. */
export const ownMultivariateNormalRows: readonly Row[] = [
  row({
    name: 'MultivariateNormal, written over Distribution',
    golden: multivariateNormal,
    make: ({ mean, scaleTril }) => new MultivariateNormal({ mean, scaleTril }),
    event: [2],
    support: supports.real,
    without: ['logProbElements', 'klElements', 'mode', 'mask'],
    logProb64: logProbOfExamples((x, { mean, scaleTril }) => {
      const [a, , c, d] = scaleTril as Four;
      const first = (x[0]! - mean![0]!) / a;
      const second = (x[1]! - mean![1]! - c * first) / d;
      return -0.5 * (first ** 2 + second ** 2) - Math.log(2 * Math.PI * a * d);
    }),
    kl: [
      klRow({
        name: 'StandardNormal',
        golden: multivariateNormal.kl.standard,
        make: () => new StandardNormal({ shape: [2] }),
        kl64: klOfExamples(({ mean, scaleTril }) => {
          const [a, , c, d] = scaleTril as Four;
          const squares = a ** 2 + c ** 2 + d ** 2 + mean![0]! ** 2 + mean![1]! ** 2;
          return 0.5 * squares - 1 - Math.log(a * d);
        }),
      }),
    ],
  }),
];
