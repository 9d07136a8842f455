import * as tf from '@tensorflow/tfjs';
import { type VaeModel, VaeTrainer } from 'tfjs-vae';
import { Kernels } from './kernels';
import { batchesOf, images, networks } from './networks';
import type { Plan } from './plans';
import type { Result } from './result';
import { disposeAll, runsStock } from './steps';

/**
 * Bytes of all tensors at the peak of one step: weights, their moments, the batch, and what the step makes. Each step is
 * measured with nothing else alive. Scratch memory of a backend is not counted, tfjs's or ours.
 */
export async function benchmarkMemory(plan: Plan): Promise<Result> {
  const { shape, batch, ours, byHand } = { ...networks[plan.network], ...(plan.batch && { batch: plan.batch }) };
  const [x] = batchesOf(await images(batch), batch, shape) as [tf.Tensor];
  const kernels = new Kernels();
  const values: Record<string, number> = {};

  if (runsStock(plan)) {
    await kernels.stock();
    values['by hand, stock'] = await peak(byHand, x);
  }
  await kernels.prepared();
  values['by hand, prepared'] = await peak(byHand, x);
  values['library step'] = await peak(() => trained(ours()), x);
  await kernels.stock();
  x.dispose();
  const ratios = Object.entries(values)
    .filter(([name]) => name !== 'library step')
    .map(([name, bytes]) => [`${name} / library step`, bytes / values['library step']!]);
  return {
    kind: 'memory',
    title: `${plan.network}, batch ${batch}, peak memory of a step`,
    unit: 'bytes of tensors',
    values,
    ratios: Object.fromEntries(ratios),
  };
}

type Stepper = { step(x: tf.Tensor): object; dispose(): void };

function trained(model: VaeModel): Stepper {
  const trainer = new VaeTrainer({ model, seed: 1, prepareBackend: false });
  return {
    step: x => trainer.step({ x }),
    dispose() {
      trainer.dispose();
      model.dispose?.();
    },
  };
}

/** The first step makes the moments; the second is looked at. */
async function peak(make: () => Stepper, x: tf.Tensor): Promise<number> {
  const others = tf.memory().numBytes - 4 * x.size;
  const stepper = make();
  const step = () => {
    const terms = stepper.step(x);
    disposeAll(terms instanceof tf.Tensor ? [terms] : terms);
  };
  step();
  const { peakBytes } = await tf.profile(async () => step());
  stepper.dispose();
  return peakBytes - others;
}
