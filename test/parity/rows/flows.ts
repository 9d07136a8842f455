import * as tf from '@tensorflow/tfjs';
import { couplingFlow, type FlowContext, FlowPrior, flowFamily, normalFamily, Rng } from 'tfjs-vae';
import { contextOf, flowRows } from '../../flows/table';
import { noise, type ParityRow, valueAndGradients } from '../row';

const BATCH = 4;

/** Each flow of the table of flows: there, back, and the gradients of both by z. */
const eachFlow: readonly ParityRow[] = flowRows.map(row => {
  const { name, flow, size } = row;
  const joined = (way: 'forward' | 'inverse', z: tf.Tensor, context: FlowContext) => {
    const { z: moved, logDet } = flow[way]!(z, context);
    return tf.concat([moved, tf.expandDims(logDet, -1)], -1);
  };
  return {
    name: `flow: ${name}`,
    of: [flow.kind],
    run: () => {
      const context = contextOf(row, BATCH);
      const z = noise([BATCH, size], 'z');
      const ways = flow.inverse ? (['forward', 'inverse'] as const) : (['forward'] as const);
      return ways.flatMap(way => valueAndGradients([z], x => joined(way, x!, context)));
    },
  };
});

const flow = [couplingFlow({ steps: 2, hidden: 4, seed: 1 })];

export const flowParityRows: readonly ParityRow[] = [
  ...eachFlow,
  {
    name: 'flowFamily: a draw with its density, and that of FlowPrior',
    of: ['flowFamily', 'FlowPrior'],
    run: () => {
      const [raw, context] = [noise([BATCH, 6], 'raw'), { eventRank: 1, training: false }];
      const family = flowFamily({ base: normalFamily(), flow });
      const variables = family.createVariables!([3]);
      const prior = new FlowPrior({ latentDim: 3, flow });
      const results = valueAndGradients([raw], x => {
        const [mean, logVar] = tf.split(x!, 2, -1) as [tf.Tensor, tf.Tensor];
        const posterior = family.distribution({ mean, logVar }, { ...context, variables });
        const { value, logProb } = posterior.sampleWithLogProb({ rng: new Rng(3), samples: 2 });
        return tf.add(logProb, prior.distribution().logProb(value));
      });
      tf.dispose(variables);
      prior.dispose();
      return results;
    },
  },
];
