import * as tf from '@tensorflow/tfjs';
import { type BackendReport, convVae, mlpVae, prepareBackend, Rng, type VaeModel, VaeTrainer } from 'tfjs-vae';
import { type ByHand, convByHand, mlpByHand } from './by-hand';
import { exampleVae } from './example-vae';
import { jaxMlp } from './jax';
import { type Contender, interleaved, median, ratio } from './measure';
import type { Torch } from './torch';

/**
 * `mlp`: 784–400–20–400–784, batch 128. `conv`: the defaults of `convVae` on 28×28, batch 128. `example`: the network of
 * tfjs's own example VAE, 784–512–2 with squared error, batch 256; stock runs its nested model.
 */
export type Network = 'mlp' | 'conv' | 'example';

/** Milliseconds per step by contender, and ratios of times of the same round. */
export type Result = {
  backend: string;
  network: Network;
  steps: number;
  milliseconds: Record<string, number>;
  ratios: Record<string, number>;
};

/** Steps in one measurement. */
export const STEPS: Record<string, Record<Network, number>> = {
  cpu: { mlp: 2, conv: 1, example: 1 },
  wasm: { mlp: 20, conv: 4, example: 8 },
  tensorflow: { mlp: 50, conv: 10, example: 50 },
};

type Case = { shape: number[]; batch: number; ours(): VaeModel; byHand(): ByHand };

const networks: Record<Network, Case> = {
  mlp: {
    shape: [784],
    batch: 128,
    ours: () => mlpVae({ inputShape: [784], latentDim: 20, seed: 1 }),
    byHand: mlpByHand,
  },
  conv: {
    shape: [28, 28, 1],
    batch: 128,
    ours: () => convVae({ inputShape: [28, 28, 1], latentDim: 16, seed: 1 }),
    byHand: convByHand,
  },
  example: {
    shape: [784],
    batch: 256,
    // Squared error times 784 is a Gaussian of variance ½, without its constant.
    ours: () =>
      mlpVae({
        inputShape: [784],
        latentDim: 2,
        hidden: [512],
        decoder: { sigma: Math.SQRT1_2, mean: 'sigmoid' },
        seed: 1,
      }),
    byHand: exampleVae,
  },
};

type Options = { backend: string; network: Network; steps: number; rounds: number; torch: Torch | undefined };

export async function benchmark({ backend, network, steps, rounds, torch }: Options): Promise<Result> {
  const { shape, batch, ours, byHand } = networks[network];
  const pixels = await uniform(steps * batch * 784);
  const x = tf.tensor(pixels.slice(0, batch * 784), [batch, ...shape]);
  const field = { values: pixels.map(v => Math.round(255 * v) / 255), shape: [steps * batch, ...shape] };
  const hand = byHand();
  const model = ours();
  const trainer = new VaeTrainer({ model, seed: 1, prepareBackend: false });

  // Kernels are the process's: each measurement asks for those it wants.
  let report: BackendReport | undefined;
  const stock = async () => {
    report?.restore();
    report = undefined;
  };
  const prepared = async () => {
    report ??= await prepareBackend();
  };
  const repeat = (step: () => tf.Scalar) => async () => {
    for (let i = 0; i < steps; i++) {
      const loss = step();
      if (i === steps - 1) await loss.data();
      loss.dispose();
    }
  };
  const handStep = repeat(() => hand.step(x));
  const ourStep = repeat(() => {
    const { loss, reconstruction, elbo, kl } = trainer.step({ x });
    tf.dispose([reconstruction, elbo, kl] as tf.TensorContainer);
    return loss;
  });
  const contenders: Contender[] = [
    { name: 'by hand, prepared', before: prepared, run: handStep },
    { name: 'library step', before: prepared, run: ourStep },
    {
      name: 'library fit',
      before: prepared,
      run: async () => void (await trainer.fit(field, { epochs: 1, batchSize: batch })),
    },
  ];
  // Stock tfjs cannot train a convolution on wasm.
  if (!(backend === 'wasm' && network === 'conv')) {
    contenders.unshift({ name: 'by hand, stock', before: stock, run: handStep });
  }
  if (network === 'mlp' && backend === 'wasm') {
    const jaxSteps = await jaxMlp(pixels);
    contenders.push({ name: 'jax-js, jitted', run: () => jaxSteps(steps) });
  }
  if (torch && network !== 'example')
    contenders.push({ name: 'PyTorch, one thread', run: () => torch.run(network, steps) });

  const times = await interleaved(contenders, rounds);
  await stock();
  tf.dispose(x);
  hand.dispose();
  trainer.dispose();
  model.dispose?.();
  const milliseconds = Object.fromEntries([...times].map(([name, all]) => [name, median(all) / steps]));
  const against = [...times.keys()].filter(name => !name.startsWith('library'));
  const ratios = {
    ...Object.fromEntries(against.map(name => [`${name} / library step`, ratio(times, name, 'library step')])),
    'library fit / library step': ratio(times, 'library fit', 'library step'),
  };
  return { backend, network, steps, milliseconds, ratios };
}

async function uniform(count: number): Promise<Float32Array> {
  const t = new Rng(1).uniform([count]);
  const values = Float32Array.from(await t.data());
  t.dispose();
  return values;
}
