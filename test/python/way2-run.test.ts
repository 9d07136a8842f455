import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  Adam,
  AdamW,
  constantSchedule,
  cosineSchedule,
  cyclicalSchedule,
  elboObjective,
  linearSchedule,
  mlpVae,
  type Optimizer,
  piecewiseSchedule,
  Rng,
  type RunOptions,
  readSafetensors,
  type Schedule,
  saveRun,
  saveVae,
  sigmoidSchedule,
  type TensorRecord,
  type Vae,
  warmupSchedule,
  writeSafetensors,
} from 'tfjs-vae';
import { file } from 'tfjs-vae/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasModule, PythonServer } from './python';

const present = hasModule('torch', 'what saveRun writes');
const script = (name: string) => new URL(name, import.meta.url).pathname;

let folder: string;
let steps: PythonServer;
let passes: PythonServer;
beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'way2-run-'));
  if (!present) return;
  steps = new PythonServer(script('./steps.py'));
  passes = new PythonServer(script('./parity.py'));
});
afterAll(() => {
  steps?.close();
  passes?.close();
  rmSync(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);
const build = (): Vae => mlpVae({ inputShape: [6], latentDim: 3, hidden: [5], decoder: { sigma: 'shared' }, seed: 2 });
const record = (t: tf.Tensor): TensorRecord => ({
  dtype: 'float32',
  shape: t.shape,
  values: t.dataSync<'float32'>().slice(),
});

const schedules: Record<string, Schedule> = {
  constant: constantSchedule(0.3),
  linear: linearSchedule({ from: 0.1, to: 0.7, steps: 11 }),
  cosine: cosineSchedule({ from: 1, to: 0, steps: 13 }),
  sigmoid: sigmoidSchedule({ from: 0, to: 1, steps: 17, sharpness: 6 }),
  cyclical: cyclicalSchedule({ from: 0, to: 1, period: 7.5, ramp: 0.4, cycles: 3 }),
  'endless cycles': cyclicalSchedule({ from: 0, to: 1, period: 8 }),
  piecewise: piecewiseSchedule({
    points: [
      [2, 0.5],
      [9, 1],
      [12, 0],
    ],
  }),
  held: piecewiseSchedule({
    points: [
      [0, 0.5],
      [9, 1],
    ],
    interpolation: 'hold',
  }),
  warmup: warmupSchedule({ steps: 4.5, to: cosineSchedule({ from: 1, to: 0.2, steps: 10 }) }),
};

/** Five steps of an optimizer on gradients that are given, here and there. */
async function compareSteps(training: RunOptions & { optimizer: Optimizer }, clipNorm: number | undefined) {
  const vae = build();
  await saveVae(vae, file(at('model.safetensors')));
  const text = saveRun({ ...training, ...(clipNorm && { clipNorm }) }, { epochs: 1 });
  writeFileSync(at('run.json'), text);
  const rng = new Rng(4);
  const given: Record<string, TensorRecord> = {};
  for (let step = 0; step < 5; step++) {
    const gradients = Object.entries(vae.variables()).map(([path, variable]) => {
      // Some are far smaller than others, where ε decides.
      const size = 10 ** -(step + (path.length % 7));
      return { path, variable, gradient: tf.mul(rng.normal(variable.shape), size) };
    });
    for (const { path, gradient } of gradients) given[`${step}/${path}`] = record(gradient);
    const norm = Math.sqrt(
      gradients.reduce((sum, { gradient }) => sum + tf.sum(tf.square(gradient)).dataSync()[0]!, 0),
    );
    const factor = Math.min(1, (clipNorm ?? Infinity) / norm);
    const clipped = gradients.map(({ gradient, ...rest }) => ({ ...rest, gradient: tf.mul(gradient, factor) }));
    training.optimizer.apply(clipped, { step, finite: tf.scalar(1) });
  }
  writeFileSync(at('gradients.safetensors'), writeSafetensors(given));
  await steps.ask(['model.safetensors', 'run.json', 'gradients.safetensors', 'found.safetensors'].map(at));
  const { tensors } = readSafetensors(readFileSync(at('found.safetensors')));
  for (const [path, variable] of Object.entries(vae.variables())) {
    const ours = variable.dataSync();
    tensors.get(path)!.values.forEach((value, i) => {
      expect(Math.abs(value - ours[i]!), `${path}[${i}]`).toBeLessThan(1e-6 * Math.max(1, Math.abs(ours[i]!)));
    });
  }
  vae.dispose();
  return tensors;
}

describe.skipIf(!present)('what saveRun writes, in PyTorch', () => {
  test.each(Object.entries(schedules))('the schedule %s has the same values', async (_, schedule) => {
    const optimizer = new Adam({ learningRate: schedule });
    const found = await compareSteps({ optimizer, objective: elboObjective({ beta: schedule }) }, undefined);
    for (const name of ['weight', 'rate']) {
      // The file comes back in float32.
      found.get(name)!.values.forEach((value, step) => {
        expect(Math.abs(value - schedule(step)), `step ${step}`).toBeLessThan(1e-7);
      });
    }
  });

  test.each<[string, Optimizer, number | undefined]>([
    ['Adam', new Adam({ learningRate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-5 }), undefined],
    ['AdamW', new AdamW({ learningRate: 0.02, weightDecay: 0.3 }), undefined],
    ['Adam, clipped', new Adam({ learningRate: 0.01 }), 0.05],
  ])('%s moves the weights alike', async (_, optimizer, clipNorm) => {
    await compareSteps({ optimizer }, clipNorm);
  });

  test.each<[string, Parameters<typeof elboObjective>[0]]>([
    ['β by a schedule', { beta: linearSchedule({ from: 0, to: 4, steps: 10 }) }],
    ['free bits per dimension', { beta: 0.5, freeBits: { nats: 0.05 } }],
    ['free bits per element', { freeBits: { nats: 0.03, per: 'element' } }],
    ['free bits in total, above', { freeBits: { nats: 0.01, per: 'total' } }],
    ['free bits in total, below', { freeBits: { nats: 50, per: 'total' } }],
    ['capacity, above', { capacity: { target: linearSchedule({ from: 0, to: 30, steps: 10 }), gamma: 3 } }],
    ['capacity, below', { capacity: { target: 0.001 } }],
  ])('the loss and its gradients are the same: %s', async (_, options) => {
    const vae = build();
    await saveVae(vae, file(at('model.safetensors')));
    const objective = elboObjective(options);
    const x = new Rng(1).uniform([7, 6]);
    const context = { rng: new Rng(5), training: true, step: 3 };
    const run = saveRun({ objective }, { epochs: 1 });
    const noise = record(context.rng.fork('posterior').normal([7, 3]));
    const given = writeSafetensors({ x: record(x), posterior0: noise }, { training: 'true', run, step: '3' });
    writeFileSync(at('given.safetensors'), given);
    await passes.ask(['model.safetensors', 'given.safetensors', 'found.safetensors'].map(at));
    const { tensors } = readSafetensors(readFileSync(at('found.safetensors')));
    const trained = vae.trainableVariables();
    const { value, grads } = tf.variableGrads(() => objective.evaluate(vae, { x }, context).loss, trained);
    const loss = value.dataSync()[0]!;
    expect(Math.abs(tensors.get('loss')!.values[0]! - loss)).toBeLessThan(1e-5 * Math.max(1, Math.abs(loss)));
    for (const [path, variable] of Object.entries(vae.variables())) {
      const ours = grads[variable.name]!.dataSync();
      const theirs = tensors.get(`gradient:${path}`)!.values;
      const largest = Math.max(1e-6, ...Array.from(ours, Math.abs));
      ours.forEach((v, i) => {
        expect(Math.abs(v - theirs[i]!), `${path}[${i}]`).toBeLessThanOrEqual(1e-4 * largest);
      });
    }
    vae.dispose();
  });
});
