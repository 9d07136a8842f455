import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import {
  checkpoint,
  convVae,
  defineObjective,
  earlyStopping,
  elboObjective,
  ema,
  type FitOptions,
  GaussianDecoder,
  GaussianEncoder,
  type Group,
  linearSchedule,
  meanOverBatch,
  memoryStore,
  mlpVae,
  type Objective,
  passElbo,
  passReconstruction,
  Rng,
  type Schedule,
  type TrainingData,
  timeBudget,
  Vae,
  type VaeModel,
  VaeTrainer,
} from '../../../src/index';
import { runAll } from '../../support/memory-groups';
import { mlp } from '../../support/networks';

const PIXELS = 6;
const COUNT = 20;
const x = { values: new Rng(1).uniformValues(COUNT * PIXELS), shape: [COUNT, PIXELS] };
const held = { values: new Rng(2).uniformValues(9 * PIXELS), shape: [9, PIXELS] };
const small = () => mlpVae({ inputShape: [PIXELS], latentDim: 2, hidden: [5], seed: 5 });
const weightsOf = (model: VaeModel) => Object.values(model.variables()).flatMap(v => [...v.dataSync()]);

type Options = { model?: VaeModel; objective?: Objective; data?: TrainingData; seed?: number; fit?: FitOptions };

async function fitOnce(group: Group, { model = small(), objective, data = x, seed = 3, fit = {} }: Options) {
  const trainer = new VaeTrainer({ model, group, seed, ...(objective && { objective }) });
  const history = await trainer.fit(data, { epochs: 1, batchSize: 8, ...fit });
  return { trainer, model, history };
}

/** What each process says. */
async function failures(size: number, options: (rank: number) => Options): Promise<string[]> {
  return runAll(size, (group, rank) =>
    fitOnce(group, options(rank)).then(
      () => 'nothing failed',
      (error: Error) => error.message,
    ),
  );
}

describe('what couples a batch is refused by name, in every process', () => {
  const sigma = (of: 'optimal' | 'shared') =>
    new Vae({
      encoder: new GaussianEncoder({ network: mlp([PIXELS, 5]), latentDim: 2, seed: 1 }),
      decoder: new GaussianDecoder({ network: mlp([2, PIXELS]), sigma: of }),
    });
  const batchNorm = () => {
    const network = mlp([PIXELS, 5]);
    network.add(tf.layers.batchNormalization());
    return new Vae({
      encoder: new GaussianEncoder({ network, latentDim: 2, seed: 1 }),
      decoder: new GaussianDecoder({ network: mlp([2, PIXELS]), sigma: 1 }),
    });
  };
  /** The squared mean of the batch is not a mean over its examples. */
  const coupled = defineObjective({
    evaluate(pass, batch) {
      const bound = passElbo(pass, batch);
      return { ...bound, loss: tf.add(bound.reconstruction, tf.square(tf.mul(9, tf.mean(pass.latents[0]!.z)))) };
    },
  });
  /** DIP-VAE: the covariance of the posterior means over the batch; a thousandth of the loss at the start. */
  const dip = elboObjective({
    terms: [
      {
        name: 'dip',
        weight: 1,
        evaluate({ latents }) {
          const mean = latents[0]!.posterior.mean();
          const centred = tf.sub(mean, tf.mean(mean, 0)) as tf.Tensor2D;
          const covariance = tf.div(tf.matMul(centred, centred, true), mean.shape[0]!);
          return tf.sum(tf.square(tf.sub(covariance, tf.eye(mean.shape[1]!))));
        },
      },
    ],
  });
  const declared = elboObjective({
    terms: [{ name: 'mine', weight: 1, couples: 'my statistic', evaluate: () => tf.scalar(0) }],
  });
  const squaredMean = (weight: number | Schedule) =>
    elboObjective({
      terms: [{ name: 'mine', weight, evaluate: pass => tf.square(tf.mul(9, tf.mean(pass.latents[0]!.z))) }],
    });
  const ownNoise = (): VaeModel => {
    const vae = small();
    const model: VaeModel = {
      pass: (batch, context) => {
        const noisy = tf.add(batch.x, tf.randomNormal(batch.x.shape));
        return vae.pass({ x: noisy, target: batch.x }, context);
      },
      variables: () => vae.variables(),
      trainableVariables: () => vae.trainableVariables(),
    };
    return model;
  };
  const v = tf.tidy(() => tf.variable(tf.scalar(1)));
  const player = defineObjective({
    evaluate: (pass, batch) => ({
      loss: meanOverBatch(passReconstruction(pass, batch), batch),
      reconstruction: tf.scalar(0),
    }),
    players: () => [{ name: 'critic', variables: () => ({ v }), loss: () => tf.square(v) as tf.Scalar }],
  });

  test.each<[string, () => Options, string]>([
    ["sigma: 'optimal'", () => ({ model: sigma('optimal') }), "sigma: 'optimal'"],
    [
      'batch normalisation',
      () => ({ model: batchNorm() }),
      'encoder/1/moving_variance by statistics of its batch, which a group of processes does not share: take no',
    ],
    ['capacity', () => ({ objective: elboObjective({ capacity: { target: 3 } }) }), 'capacity'],
    ['free bits', () => ({ objective: elboObjective({ freeBits: { nats: 0.1 } }) }), "free bits per 'dimension'"],
    ['a declared term', () => ({ objective: declared }), 'my statistic'],
    ['a covariance over the batch', () => ({ objective: dip }), 'the two differ by the gradient of encoder/'],
    ['an objective of one’s own', () => ({ objective: coupled }), 'its two halves give'],
    [
      'a term that is warmed up',
      () => ({ objective: squaredMean(linearSchedule({ from: 0, to: 1, steps: 9 })) }),
      'halves give',
    ],
    ['one example in each process', () => ({ objective: squaredMean(1), fit: { batchSize: 2 } }), 'halves give'],
    ['noise that is not the group’s', () => ({ model: ownNoise() }), 'draw all noise from context.rng'],
    ['a player', () => ({ objective: player }), "the player 'critic'"],
    ['a stream', () => ({ data: () => [{ x: { values: new Float32Array(12), shape: [2, 6] } }].values() }), 'ownShare'],
  ])('%s', async (_name, options, expected) => {
    for (const message of await failures(2, options)) expect(message).toContain(expected);
    // One process alone has the whole batch.
    const [alone] = await failures(1, options);
    expect(alone).toBe('nothing failed');
  });

  test('a learned sigma and free bits per element are not', async () => {
    const options = () => ({
      model: sigma('shared'),
      objective: elboObjective({ freeBits: { nats: 0.1, per: 'element' } }),
    });
    expect(await failures(2, options)).toEqual(['nothing failed', 'nothing failed']);
  });

  test('nor is a schedule that knows no step after the end of the run; looking ahead leaves no tensor behind', async () => {
    const untilStep =
      (end: number): Schedule =>
      step => {
        if (step >= end) throw new RangeError(`no step ${step}`);
        return 1;
      };
    const left = async (end: number) => {
      const before = tf.memory().numTensors;
      const options = () => ({ objective: elboObjective({ beta: untilStep(end) }) });
      expect(await failures(2, options)).toEqual(['nothing failed', 'nothing failed']);
      return tf.memory().numTensors - before;
    };
    expect(await left(100)).toBe(await left(Number.POSITIVE_INFINITY));
  });
});

test('a process that runs something else is named, and no process goes on', async () => {
  const messages = async (change: Options) => failures(3, rank => (rank === 1 ? change : {}));
  const [first, second, third] = await messages({ fit: { batchSize: 9 } });
  expect(second).toContain('process 1 does not run what process 0 runs: fit.batchSize is 9, not 8');
  expect(first).toBe('process 1 of the group failed; its own error says why');
  expect(third).toBe(first);
  expect((await messages({ fit: { validationData: held } }))[1]).toContain('fit.validationData');
  expect((await messages({ data: held }))[1]).toContain('fit.data.size is 9, not 20');
  expect(
    (await messages({ model: mlpVae({ inputShape: [PIXELS], latentDim: 3, hidden: [5], seed: 5 }) }))[1],
  ).toContain('fit.variables.model/encoder/head/0/meanKernel is "float32 [5,3]", not "float32 [5,2]"');
});

test('all take the seed and the weights of process 0', async () => {
  const ranks = await runAll(2, (group, rank) =>
    fitOnce(group, { seed: 7 + rank, model: mlpVae({ inputShape: [PIXELS], latentDim: 2, seed: rank }) }),
  );
  expect(ranks.map(({ history }) => history.seed)).toEqual([7, 7]);
  expect(weightsOf(ranks[1]!.model)).toEqual(weightsOf(ranks[0]!.model));
});

test('a callback that changes the model in one process alone is noticed', async () => {
  const messages = await failures(2, rank => {
    const model = small();
    const onEpochEnd = () => {
      if (rank === 1) tf.tidy(() => Object.values(model.variables())[0]!.assign(tf.zeros([PIXELS, 5])));
    };
    return { model, fit: { callbacks: { onEpochEnd } } };
  });
  expect(messages[1]).toContain('the weights of process 1 are not those of process 0 after epoch 1');
  expect(messages[0]).toContain('process 1 of the group failed');
});

describe('ending', () => {
  test.each([0, 1])('stop() in process %i ends all after the same step', async stopper => {
    const ranks = await runAll(2, async (group, rank) => {
      const trainer = new VaeTrainer({ model: small(), group, seed: 3 });
      const onBatchEnd = () => {
        if (rank === stopper && trainer.steps === 2) trainer.stop();
      };
      await trainer.fit(x, { epochs: 3, batchSize: 8, callbacks: { onBatchEnd } });
      const stoppedAt = trainer.steps;
      await trainer.fit(x, { totalEpochs: 2, batchSize: 8 });
      return { stoppedAt, steps: trainer.steps, weights: weightsOf(trainer.model) };
    });
    expect(ranks.map(r => r.stoppedAt)).toEqual([2, 2]);
    expect(ranks.map(r => r.steps)).toEqual([6, 6]);
    const [whole] = await runAll(2, group => fitOnce(group, { fit: { epochs: 2 } }));
    expect(ranks[1]!.weights).toEqual(weightsOf(whole!.model));
    expect(ranks[1]!.weights).toEqual(ranks[0]!.weights);
  });

  test('an abort before the first step, stopTraining, and a time that is up in one process', async () => {
    const aborted = await runAll(2, (group, rank) =>
      fitOnce(group, { fit: rank === 1 ? { signal: AbortSignal.abort() } : {} }),
    );
    expect(aborted.map(r => r.trainer.steps)).toEqual([0, 0]);
    const ended = await runAll(3, async (group, rank) => {
      const trainer = new VaeTrainer({ model: small(), group, seed: 3 });
      const onEpochEnd = (epoch: number) => {
        if (rank === 2 && epoch === 1) trainer.stopTraining = true;
      };
      await trainer.fit(x, { epochs: 5, batchSize: 8, callbacks: { onEpochEnd } });
      return trainer.epochs;
    });
    expect(ended).toEqual([2, 2, 2]);
    const timed = await runAll(2, (group, rank) =>
      fitOnce(group, { fit: { callbacks: rank === 1 ? timeBudget({ seconds: 1e-9 }) : [] } }),
    );
    expect(timed.map(r => r.trainer.steps)).toEqual([1, 1]);
  });

  test('early stopping and averaged weights are the same in all processes', async () => {
    const ranks = await runAll(2, group =>
      fitOnce(group, {
        fit: {
          epochs: 30,
          validationData: held,
          callbacks: [ema({ decay: 0.9 }), earlyStopping({ patience: 1, monitor: 'val_loss', mode: 'min' })],
        },
      }),
    );
    expect(ranks[0]!.trainer.epochs).toBe(ranks[1]!.trainer.epochs);
    expect(ranks[0]!.history).toEqual(ranks[1]!.history);
    expect(weightsOf(ranks[0]!.model)).toEqual(weightsOf(ranks[1]!.model));
  });

  test('streams of unequal length: every batch is seen, and all end together', async () => {
    const part = (rows: number[]) => ({
      x: {
        values: Float32Array.from(rows.flatMap(r => [...x.values.subarray(r * PIXELS, (r + 1) * PIXELS)])),
        shape: [rows.length, PIXELS],
      },
    });
    const shares = [
      [[0, 1], [2]],
      [[3, 4, 5], [6], [7], [8, 9]],
    ];
    const seen: number[] = [];
    const ranks = await runAll(2, (group, rank) =>
      fitOnce(group, {
        data: () => shares[rank]!.map(part).values(),
        fit: {
          ownShare: true,
          epochs: 2,
          callbacks: { onBatchEnd: (_, logs) => void (rank === 0 && seen.push(logs!['size']!)) },
        },
      }),
    );
    expect(seen).toEqual([5, 2, 1, 2, 5, 2, 1, 2]);
    expect(weightsOf(ranks[0]!.model)).toEqual(weightsOf(ranks[1]!.model));
  });
});

describe('checkpoints', () => {
  test('process 0 writes them, all resume from them, and the run is the unbroken one', async () => {
    const store = memoryStore();
    const others = memoryStore();
    const run = (epochs: number, resume: boolean) =>
      runAll(2, async (group, rank) => {
        const trainer = new VaeTrainer({ model: small(), group, seed: resume ? 99 : 3 });
        const own = rank === 0 ? store : others;
        const resumed = resume ? await trainer.resume(own) : undefined;
        const callbacks = checkpoint({ store: own, every: { steps: 2 } });
        await trainer.fit(x, { totalEpochs: epochs, batchSize: 8, callbacks });
        return { steps: resumed?.steps, weights: weightsOf(trainer.model) };
      });
    const [whole] = await runAll(2, group => fitOnce(group, { fit: { epochs: 4 } }));
    await run(2, false);
    expect(await others.list()).toEqual([]);
    const resumed = await run(4, true);
    expect(resumed.map(r => r.steps)).toEqual([6, 6]);
    expect(resumed[1]!.weights).toEqual(resumed[0]!.weights);
    expect(resumed[0]!.weights).toEqual(weightsOf(whole!.model));
  });

  test('what is wrong with the store of process 0 is said in all', async () => {
    const store = memoryStore();
    await store.write('step-000000000001.safetensors', new Uint8Array(20));
    const messages = await runAll(2, group =>
      new VaeTrainer({ model: small(), group }).resume(store).then(
        () => 'nothing failed',
        (error: Error) => error.message,
      ),
    );
    for (const message of messages) expect(message).toContain('resume: every checkpoint in memory is damaged');
  });
});

test('a step by hand is refused, and a group that is not one too', () => {
  const group = { rank: 0, size: 2, sum: (v: Float32Array) => v, broadcast: (v: Float32Array) => v };
  const trainer = new VaeTrainer({ model: small(), group });
  expect(() => trainer.step({ x: tf.zeros([2, PIXELS]) })).toThrow('several processes make their steps in fit');
  expect(() => new VaeTrainer({ model: small(), group: { ...group, rank: 2 } })).toThrow('got rank 2 of 2');
  expect(() => new VaeTrainer({ model: small(), group: {} as Group })).toThrow('such as torchGroup()');
});

test('a group that is in use is refused, and free after a fit that failed', async () => {
  const messages = await runAll(2, async group => {
    const first = fitOnce(group, {});
    const second = await fitOnce(group, {}).catch((error: Error) => error.message);
    await first;
    const failed = await fitOnce(group, { objective: elboObjective({ capacity: { target: 1 } }) }).catch(
      () => 'failed',
    );
    return [second, failed, (await fitOnce(group, {})).trainer.steps];
  });
  for (const message of messages) {
    expect(message).toEqual(['fit: another fit uses this group; await it first', 'failed', 3]);
  }
});

test('a reader that stalls in one process is left by an abort there, and all end', async () => {
  const ranks = await runAll(2, async (group, rank) => {
    const stop = new AbortController();
    let reads = 0;
    const reader: TrainingData = {
      kind: 'rowReader',
      size: COUNT,
      shapes: { x: [COUNT, PIXELS] },
      async read(rows) {
        // The first read is for the comparison of the data.
        if (rank === 1 && ++reads === 4) {
          setTimeout(() => stop.abort(), 20);
          await new Promise(() => {});
        }
        return { x: { values: new Float32Array(rows.length * PIXELS), shape: [rows.length, PIXELS] } };
      },
    };
    const { trainer } = await fitOnce(group, { data: reader, fit: { batchSize: 4, signal: stop.signal } });
    return trainer.steps;
  });
  expect(ranks).toEqual([2, 2]);
});

test('what is not finite in one process is an error in all, and the one that has it says what', async () => {
  const reader = (): TrainingData => ({
    kind: 'rowReader',
    size: COUNT,
    shapes: { x: [COUNT, PIXELS] },
    async read(rows) {
      const values = new Float32Array(rows.length * PIXELS);
      if (rows.includes(13)) values[rows.indexOf(13) * PIXELS] = Number.NaN;
      return { x: { values, shape: [rows.length, PIXELS] } };
    },
  });
  const messages = await failures(2, () => ({ data: reader(), fit: { shuffle: false } }));
  expect(messages[1]).toContain('fit: data: batch 1: x holds NaN at example 1');
  expect(messages[0]).toContain('Other processes of the group look at their own examples.');
});

test('nothing is left on the device', async () => {
  const data = { x, weights: { values: new Float32Array(COUNT).fill(2), shape: [COUNT] } };
  const once = () =>
    runAll(2, async group => {
      const { trainer, model } = await fitOnce(group, { data, fit: { validationData: held } });
      trainer.dispose();
      model.dispose!();
    });
  await once();
  const before = tf.memory().numTensors;
  await once();
  expect(tf.memory().numTensors).toBe(before);
});

test('one message a step', async () => {
  const counts: number[] = [];
  await runAll(2, async (group, rank) => {
    const onBatchEnd = () => {
      if (rank === 0) counts.push((group as unknown as { calls: number }).calls);
    };
    return fitOnce(group, {
      model: convVae({ inputShape: [4, 4, 1], latentDim: 2, filters: [3] }),
      data: { values: new Float32Array(20 * 16), shape: [20, 4, 4, 1] },
      fit: { callbacks: { onBatchEnd }, batchSize: 4 },
    });
  });
  const steps = counts.slice(1).map((count, i) => count - counts[i]!);
  expect(steps).toEqual([1, 1, 1, 1]);
});
