import type * as tf from '@tensorflow/tfjs';
import { prepareBackend, VaeTrainer } from 'tfjs-vae';
import { type Contender, interleaved, medians, ratio, settled } from './measure';
import { batchesOf, images, networks } from './networks';
import type { Plan } from './plans';
import type { Result } from './result';
import { disposeAll } from './steps';

/** A model whose steps are timed a round at a time. */
type Course = { round(): Promise<number>; dispose(): void };

async function courseOf({ network, batches, epochs, batch: size }: Plan): Promise<Course> {
  const { shape, batch, ours } = { ...networks[network], ...(size && { batch: size }) };
  const tensors = batchesOf(await images(batches * batch), batch, shape);
  const model = ours();
  const trainer = new VaeTrainer({ model, seed: 1, prepareBackend: false });
  const step = (x: tf.Tensor) => disposeAll(trainer.step({ x }));
  return {
    async round() {
      const start = performance.now();
      for (let epoch = 0; epoch < epochs; epoch++) tensors.forEach(step);
      await settled();
      return (performance.now() - start) / (batches * epochs);
    },
    dispose() {
      for (const x of tensors) x.dispose();
      trainer.dispose();
      model.dispose?.();
    },
  };
}

let current: { key: string; course: Course } | undefined;

/** Milliseconds of a library step in one round; the model stays until another plan is asked for. */
export async function pace(plan: Plan): Promise<number> {
  const key = JSON.stringify(plan);
  if (current?.key !== key) {
    current?.course.dispose();
    await prepareBackend();
    current = { key, course: await courseOf(plan) };
  }
  return current.course.round();
}

/** The library step with plain SIMD and with the multiply-add of relaxed SIMD; nothing where the engine lacks that. */
export async function benchmarkRelaxed(plan: Plan, rounds: number): Promise<Result[]> {
  const report = await prepareBackend({ relaxedSimd: true });
  if (!report.changes.some(({ action }) => action === 'fused')) return [];
  const course = await courseOf(plan);
  const contender = (name: string, relaxedSimd: boolean): Contender => ({
    name,
    before: async () => void (await prepareBackend({ relaxedSimd })),
    run: async () => void (await course.round()),
  });
  const times = await interleaved([contender('SIMD', false), contender('relaxed SIMD', true)], rounds);
  course.dispose();
  (await prepareBackend()).restore();
  const steps = plan.batches * plan.epochs;
  return [
    {
      kind: 'relaxed SIMD',
      title: `${plan.network}, library step with and without relaxed SIMD`,
      unit: `ms per step, median of ${rounds} rounds of ${steps} steps`,
      values: medians(times, steps),
      ratios: { 'SIMD / relaxed SIMD': ratio(times, 'SIMD', 'relaxed SIMD') },
    },
  ];
}
