import { Normal } from '../../../src/distributions/normal';
import { couplingFlow } from '../../../src/flows/coupling-flow';
import { FlowDistribution } from '../../../src/flows/flow-distribution';
import { within } from '../../../src/variables/variables';
import { couplingTwin, jacobian, logAbsDet, type Weights } from '../../flows/twins';
import golden from '../../golden/distributions/flow-distribution.json';
import { type Row, row } from '../row';
import { supports } from '../supports';
import { logProbOfExamples } from '../twins';

const STEPS = 2;
const { coupling } = golden;

/** z₀ of the base that the steps take to x: the twin of each step, undone by Newton's method. */
function start(x: readonly number[], weights: Weights): number[] {
  const twin = couplingTwin(STEPS);
  let z = [0, 0];
  for (let i = 0; i < 60; i++) {
    const moved = twin(z, weights, []);
    const [e, f] = [moved[0]! - x[0]!, moved[1]! - x[1]!];
    if (Math.hypot(e, f) < 1e-14) break;
    const [[a, b], [c, d]] = jacobian(v => twin(v, weights, []), z) as [[number, number], [number, number]];
    z = [z[0]! - (d * e - b * f) / (a * d - b * c), z[1]! - (a * f - c * e) / (a * d - b * c)];
  }
  return z;
}

export const flowDistributionRows: readonly Row[] = [
  row({
    of: 'FlowDistribution',
    name: 'FlowDistribution, two coupling steps',
    golden: coupling,
    make: ({ mean, logVar, ...rest }) => {
      const flow = couplingFlow({ steps: STEPS, hidden: 5 });
      const weights = within(rest, 'flow/0');
      return new FlowDistribution({ base: new Normal({ mean, logVar }), flow: [{ flow, weights }] });
    },
    event: [2],
    support: supports.real,
    without: ['logProbElements', 'klElements', 'mode', 'variance', 'entropy', 'mask'],
    logProb64: logProbOfExamples((x, { mean, logVar, ...rest }) => {
      const weights = within(rest, 'flow/0');
      const z = start(x, weights);
      const base = z.reduce((sum, v, i) => {
        const square = (v - mean![i]!) ** 2 * Math.exp(-logVar![i]!);
        return sum - 0.5 * (square + logVar![i]! + Math.log(2 * Math.PI));
      }, 0);
      return base - logAbsDet(jacobian(v => couplingTwin(STEPS)(v, weights, []), z));
    }),
  }),
];
