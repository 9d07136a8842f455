import * as tf from '@tensorflow/tfjs';
import {
  elboObjective,
  GaussianDecoder,
  type Logs,
  mlpVae,
  reduceMean,
  sprites,
  toTensor,
  type Vae,
  VaeTrainer,
} from 'tfjs-vae';
import { beforeAll, describe, expect, test } from 'vitest';

tf.enableProdMode();
// Stands in for a phone whose GPU renders 16-bit floats alone: no number above 65504 comes out of a shader.
tf.env().set('WEBGL_FORCE_F16_TEXTURES', true);
tf.env().set('WEBGL_CPU_FORWARD', false);

const present = await tf.setBackend('webgl').catch(() => false);

const BATCH = 256;

describe.skipIf(!present)(present ? 'webgl of 16-bit floats' : 'webgl is absent here', () => {
  beforeAll(() => {
    expect(tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')).toBe(false);
  });

  const read = async (t: tf.Tensor) => {
    const values = Array.from(await t.data());
    t.dispose();
    return values;
  };

  test('a plain sum over batch × pixels overflows here, so the device is what it stands for', async () => {
    const total = tf.tidy(() => tf.sum(tf.fill([BATCH], 550)));
    expect(Number.isFinite((await read(total))[0])).toBe(false);
  });

  test('reduceMean of losses whose sum overflows, with and without weights', async () => {
    for (const weights of [undefined, tf.fill([BATCH], 2)]) {
      const mean = tf.tidy(() => reduceMean(tf.fill([BATCH], 550), weights));
      expect((await read(mean))[0]).toBeCloseTo(550, 0);
    }
  });

  const images = () => sprites({ count: BATCH, seed: 3 }).images;

  /** As many steps as epochs; ends on webgl. */
  async function train(make: () => Vae, options: Partial<ConstructorParameters<typeof VaeTrainer>[0]> = {}) {
    const model = make();
    const trainer = new VaeTrainer({ model, seed: 2, ...options });
    const losses: number[] = [];
    // fit fails where a loss or a gradient is not finite.
    const callbacks = { onBatchEnd: (_: number, logs?: Logs) => losses.push(logs!['loss']!) };
    const { history } = await trainer.fit(images(), { epochs: 12, batchSize: BATCH, callbacks });
    const { loss } = await trainer.evaluate(images(), { batchSize: BATCH });
    trainer.dispose();
    model.dispose();
    expect(losses).toHaveLength(12);
    expect([...losses, ...history['loss']!, loss].every(Number.isFinite)).toBe(true);
    return { first: losses[0]!, last: losses.at(-1)!, evaluated: loss };
  }

  const mlp = () => mlpVae({ inputShape: [28, 28, 1], latentDim: 8, hidden: [64], seed: 1 });

  /** Trains here and on cpu: both fall, and end within 5 % of each other. */
  async function expectAsOnCpu(make: () => Vae, options: Partial<ConstructorParameters<typeof VaeTrainer>[0]> = {}) {
    const here = await train(make, options);
    await tf.setBackend('cpu');
    const cpu = await train(make, options).finally(() => tf.setBackend('webgl'));
    expect(here.last).toBeLessThan(here.first - 50);
    expect(Math.abs(here.last / cpu.last - 1)).toBeLessThan(0.05);
    expect(Math.abs(here.evaluated / cpu.evaluated - 1)).toBeLessThan(0.05);
  }

  test('the MLP VAE trains on batches of 256, as it does in 32 bits', async () => {
    await expectAsOnCpu(mlp);
  });

  test('so it does with free bits', async () => {
    await expectAsOnCpu(mlp, { objective: elboObjective({ freeBits: { nats: 0.1 } }) });
  });

  // Its steps differ from those in 32 bits: squares of clipped gradients are below what Adam's v can hold.
  test('and with clipped gradients it falls as well', async () => {
    const { first, last } = await train(mlp, { clipNorm: 5 });
    expect(last).toBeLessThan(first - 50);
  });

  const gaussian = () =>
    mlpVae({ inputShape: [28, 28, 1], latentDim: 8, hidden: [64], decoder: { sigma: 'optimal' }, seed: 1 });

  test('and with a Gaussian likelihood whose σ is learned', async () => {
    await expectAsOnCpu(gaussian);
  });

  test('a global norm above 255, whose square overflows, is clipped to clipNorm', async () => {
    const weight = tf.variable(tf.zeros([1000]));
    const model = {
      pass: () => ({ latents: [], likelihood: { logProb: () => tf.neg(tf.mul(20, tf.sum(weight))) } }),
      variables: () => ({ weight }),
      trainableVariables: () => [weight],
    };
    let norm: tf.Tensor | undefined;
    const trainer = new VaeTrainer({
      model: model as unknown as Vae,
      clipNorm: 2,
      optimizer: {
        apply: ([g]) => {
          norm = tf.keep(tf.sqrt(tf.sum(tf.square(g!.gradient))));
        },
        variables: () => ({}),
        dispose: () => {},
      },
    });
    // The norm of 1,000 gradients of 20 is 632, its square 400,000.
    const terms = trainer.step({ x: toTensor(images(), { count: 1 }) });
    expect((await read(norm!))[0]).toBeCloseTo(2, 1);
    tf.dispose([terms.loss, terms.reconstruction]);
    weight.dispose();
  });

  test('a masked, weighted σ of a batch of 256 pictures', async () => {
    const decoder = new GaussianDecoder({ network: identity(784), sigma: 'optimal' });
    const scale = tf.tidy(() => {
      const z = tf.zeros([BATCH, 784]);
      const options = { training: true, target: tf.fill([BATCH, 784], 0.5), mask: tf.ones([BATCH, 784]) };
      const weights = tf.ones([BATCH]);
      const { likelihood } = decoder.decodeWithUpdates(z, { ...options, weights });
      return tf.clone((likelihood.params as { scale: tf.Tensor }).scale);
    });
    expect((await read(scale))[0]).toBeCloseTo(0.5, 2);
    decoder.dispose();
  });
});

/** A network that hands its input on. */
function identity(size: number) {
  return {
    apply: ([z]: readonly tf.Tensor[]) => tf.clone(z!),
    variables: {},
    inputShapes: [[size]],
    outputShapes: [[size]],
  };
}
