import * as tf from '@tensorflow/tfjs';
import { VaeTrainer } from 'tfjs-vae';
import { Kernels } from './kernels';
import { type Contender, interleaved, medians, ratio, settled } from './measure';
import { batchesOf, images, networks } from './networks';
import type { Plan } from './plans';
import type { Result } from './result';

/** Contenders from outside tfjs, on the same images. */
export type Peers = (plan: Plan, pixels: Float32Array) => Promise<Contender[]>;

/** Training steps by hand and by the library over the same batches. */
export async function benchmarkSteps(plan: Plan, rounds: number, peers?: Peers): Promise<Result> {
  const { network, batches, epochs } = plan;
  const { shape, batch, ours, byHand } = { ...networks[network], ...(plan.batch && { batch: plan.batch }) };
  const pixels = await images(batches * batch);
  const tensors = batchesOf(pixels, batch, shape);
  const field = { values: pixels, shape: [batches * batch, ...shape] };
  const hand = byHand();
  const model = ours();
  const trainer = new VaeTrainer({ model, seed: 1, prepareBackend: false });
  const kernels = new Kernels();

  const over = (step: (x: tf.Tensor) => void) => async () => {
    for (let epoch = 0; epoch < epochs; epoch++) tensors.forEach(step);
    await settled();
  };
  const handStep = over(x => hand.step(x).dispose());
  const contenders: Contender[] = [
    { name: 'library step', before: kernels.prepared, run: over(x => disposeAll(trainer.step({ x }))) },
    {
      name: 'library fit',
      before: kernels.prepared,
      async run() {
        await trainer.fit(field, { epochs, batchSize: batch });
        await settled();
      },
    },
  ];
  // webgl has nothing to prepare.
  if (await kernels.differ())
    contenders.unshift({ name: 'by hand, prepared', before: kernels.prepared, run: handStep });
  if (runsStock(plan)) contenders.unshift({ name: 'by hand, stock', before: kernels.stock, run: handStep });
  contenders.push(...((await peers?.(plan, pixels)) ?? []));

  const times = await interleaved(contenders, rounds);
  await kernels.stock();
  tf.dispose(tensors);
  hand.dispose();
  trainer.dispose();
  model.dispose?.();
  const steps = batches * epochs;
  const against = [...times.keys()].filter(name => !name.startsWith('library'));
  return {
    kind: 'steps',
    title: `${network}, batch ${batch}`,
    unit: `ms per step, median of ${rounds} rounds of ${steps} steps (${batches} batches, ${epochs} epochs)`,
    values: medians(times, steps),
    ratios: {
      ...Object.fromEntries(against.map(name => [`${name} / library step`, ratio(times, name, 'library step')])),
      'library fit / library step': ratio(times, 'library fit', 'library step'),
    },
  };
}

/** Stock tfjs cannot train a convolution on wasm. */
export function runsStock({ network, stock }: Plan): boolean {
  return stock !== false && !(network === 'conv' && tf.getBackend() === 'wasm');
}

/** Terms may have gaps, which `tf.dispose` takes and its types do not. */
export function disposeAll(terms: object): void {
  tf.dispose(terms as tf.TensorContainer);
}
