// The same seed on two backends: how far the losses of the first steps and of the first epoch are apart.
import * as tf from '@tensorflow/tfjs';
import { type ArrayField, mlpVae, VaeTrainer } from 'tfjs-vae';

export type Agreement = {
  /** Largest relative difference of a loss within the first 20 steps. */
  steps: number;
  /** Relative difference of the mean loss of the first epoch. */
  epoch: number;
};

export async function agreement(images: ArrayField, backends: readonly [string, string]): Promise<Agreement> {
  const [a, b] = [await losses(images, backends[0]), await losses(images, backends[1])];
  const apart = (x: number, y: number) => Math.abs(x - y) / Math.abs(y);
  return { steps: Math.max(...a.steps.map((loss, i) => apart(loss, b.steps[i]!))), epoch: apart(a.epoch, b.epoch) };
}

async function losses(images: ArrayField, backend: string): Promise<{ steps: number[]; epoch: number }> {
  await tf.setBackend(backend);
  const model = mlpVae({ inputShape: [28, 28, 1], latentDim: 20, seed: 1 });
  const trainer = new VaeTrainer({ model, seed: 1 });
  const steps: number[] = [];
  const { history } = await trainer.fit(images, {
    epochs: 1,
    batchSize: 128,
    callbacks: {
      onBatchEnd: (batch, logs) => {
        if (batch < 20) steps.push(logs!['loss']!);
      },
    },
  });
  trainer.dispose();
  model.dispose();
  return { steps, epoch: history['loss']![0]! };
}
