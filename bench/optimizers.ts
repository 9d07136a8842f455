import * as tf from '@tensorflow/tfjs';
import { Adam, Rng } from 'tfjs-vae';
import { Kernels } from './kernels';
import { medians, ratio, settled, type Times } from './measure';
import type { Result } from './result';

/** Variables of the MLP. */
const SHAPES = [[784, 400], [400], [400, 20], [20], [400, 20], [20], [20, 400], [400], [400, 784], [784]];
/** Updates of one measurement: a clock in a browser may be as coarse as a tenth of a millisecond. */
const UPDATES = 10;
const WARM_UP = 3;
const WAITED = ', and the device done';

/**
 * How long one update of the MLP's ten variables keeps JavaScript busy, and how long it takes until the device has done
 * it. On cpu, wasm and tfjs-node the arithmetic is part of the call.
 */
export async function benchmarkOptimizers(rounds: number): Promise<Result> {
  const rng = new Rng(1);
  const gradients = SHAPES.map(shape => rng.normal(shape));
  const variables = (owner: string) =>
    SHAPES.map((shape, i) => tf.tidy(() => tf.variable(rng.normal(shape) as tf.Tensor, true, `${owner}${i}`)));
  const [theirs, mine] = [variables('theirs'), variables('mine')];

  const stock = tf.train.adam(1e-3, 0.9, 0.999, 1e-7);
  const named = theirs.map(({ name }, i) => ({ name, tensor: gradients[i]! }));
  const adam = new Adam({ epsilon: 1e-7 });
  const finite = tf.scalar(1);
  const listed = mine.map((variable, i) => ({ path: variable.name, variable, gradient: gradients[i]! }));
  let step = 0;

  const kernels = new Kernels();
  await kernels.prepared();
  const contenders: [string, () => void][] = [
    ['tf.train.adam', () => stock.applyGradients(named)],
    ['Adam', () => adam.apply(listed, { step: step++, finite })],
  ];
  const names = contenders.flatMap(([name]) => [name, `${name}${WAITED}`]);
  const times: Times = new Map(names.map(name => [name, []]));
  for (let round = -WARM_UP; round < rounds; round++) {
    const spent = new Map(names.map(name => [name, 0]));
    for (let i = 0; i < UPDATES; i++) {
      for (const [name, update] of contenders) {
        const { host, all } = await timed(update);
        spent.set(name, spent.get(name)! + host);
        spent.set(`${name}${WAITED}`, spent.get(`${name}${WAITED}`)! + all);
      }
    }
    if (round >= 0) for (const [name, time] of spent) times.get(name)!.push(time);
  }
  await kernels.stock();
  tf.dispose([gradients, theirs, mine, finite]);
  stock.dispose();
  adam.dispose();
  return {
    kind: 'optimizer',
    title: 'one optimizer step for the MLP, JavaScript time',
    unit: `ms, median of ${rounds} rounds of ${UPDATES} updates in turns`,
    values: medians(times, UPDATES),
    ratios: {
      'Adam / tf.train.adam': ratio(times, 'Adam', 'tf.train.adam'),
      [`Adam / tf.train.adam${WAITED}`]: ratio(times, `Adam${WAITED}`, `tf.train.adam${WAITED}`),
    },
  };
}

async function timed(update: () => void): Promise<{ host: number; all: number }> {
  await settled();
  const start = performance.now();
  update();
  const host = performance.now() - start;
  await settled();
  return { host, all: performance.now() - start };
}
