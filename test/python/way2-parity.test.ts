import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  Adam,
  type Batch,
  BernoulliDecoder,
  Dropout,
  elboObjective,
  GaussianDecoder,
  GaussianEncoder,
  LikelihoodDecoder,
  latentKl,
  loadVae,
  PosteriorEncoder,
  Rng,
  readSafetensors,
  registerLayers,
  saveVae,
  type TensorRecord,
  type Vae,
  VaeTrainer,
  writeSafetensors,
} from 'tfjs-vae';
import { file } from 'tfjs-vae/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasModule, PythonServer } from './python';
import { type Case, cases } from './way2-cases';

const present = hasModule('torch', 'parity of way 2');
const BATCH = 5;
const parts = [GaussianEncoder, PosteriorEncoder, BernoulliDecoder, GaussianDecoder, LikelihoodDecoder, Dropout];
const script = new URL('./parity.py', import.meta.url).pathname;

let folder: string;
let server: PythonServer;
beforeAll(async () => {
  await tf.setBackend('cpu');
  registerLayers();
  folder = mkdtempSync(join(tmpdir(), 'way2-'));
  if (present) server = new PythonServer(script);
});
afterAll(() => {
  server?.close();
  rmSync(folder, { recursive: true });
});

type Numbers = Record<string, TensorRecord['values']>;

function record(t: tf.Tensor): TensorRecord {
  return { dtype: 'float32', shape: t.shape, values: t.dataSync<'float32'>() };
}

function batchFor(vae: Vae): Batch {
  const rng = new Rng(11);
  const x = rng.fork('x').uniform([BATCH, ...(vae.inputShape as number[])]);
  return vae.conditional ? { x, condition: rng.fork('condition').normal([BATCH, 2]) } : { x };
}

/** What both sides are given: data, and the noise that the pass of the library draws from `rng`. */
function given(vae: Vae, batch: Batch, { training = false, dropped = [] }: Case, rng: Rng): Uint8Array {
  const masks = rng.fork('GaussianEncoder');
  const noise = {
    posterior0: rng.fork('posterior').normal([BATCH, vae.latentDim]),
    ...Object.fromEntries(dropped.map((shape, i) => [`encoder${i}`, masks.uniform([BATCH, ...shape])])),
  };
  const tensors = Object.entries({ ...batch, ...noise }).map(([name, t]) => [name, record(t as tf.Tensor)] as const);
  return writeSafetensors(Object.fromEntries(tensors), { training: String(training) });
}

/** Losses, gradients of the mean loss, and what the pass writes. */
function passOf(vae: Vae, batch: Batch, { training = false }: Case): Numbers {
  const found: Numbers = {};
  const paths = Object.entries(vae.variables());
  const trained = vae.trainableVariables();
  let updates: readonly (readonly [tf.Variable, tf.Tensor])[] = [];
  const { grads } = tf.variableGrads(() => {
    const pass = vae.pass(batch, { rng: new Rng(5), training, step: 0 });
    const nll = tf.neg(pass.likelihood.logProb(batch.x));
    const kl = latentKl(pass.latents[0]!);
    found['nll'] = nll.dataSync();
    found['kl'] = kl.dataSync();
    updates = (training ? (pass.updates ?? []) : []).map(([v, t]) => [v, tf.keep(tf.clone(t))]);
    return tf.mean(tf.add(nll, kl)) as tf.Scalar;
  }, trained);
  for (const [variable, value] of updates) variable.assign(value);
  for (const [path, v] of paths) {
    found[`after:${path}`] = v.dataSync<'float32'>();
    const gradient = grads[v.name];
    if (gradient && trained.includes(v)) found[`gradient:${path}`] = gradient.dataSync<'float32'>();
  }
  return found;
}

async function inPython(model: string, ...training: string[]): Promise<Numbers> {
  const found = join(folder, 'found.safetensors');
  await server.ask([model, join(folder, 'given.safetensors'), found, ...training]);
  const { tensors } = readSafetensors(readFileSync(found));
  return Object.fromEntries([...tensors].map(([name, { values }]) => [name, values]));
}

function largestOf(values: TensorRecord['values']): number {
  return Math.max(...Array.from(values, Math.abs));
}

function compare(ours: Numbers, theirs: Numbers): void {
  expect(Object.keys(theirs).sort()).toEqual(Object.keys(ours).sort());
  // A bias before batch statistics has the gradient 0, of which only rounding is left.
  const steepest = Math.max(...Object.keys(ours).map(k => (k.startsWith('gradient:') ? largestOf(ours[k]!) : 0)));
  for (const [name, values] of Object.entries(ours)) {
    const others = theirs[name]!;
    expect(others.length, name).toBe(values.length);
    const largest = largestOf(values);
    const bound = (v: number) => {
      if (name.startsWith('gradient:')) return Math.max(1e-4 * largest, 1e-6 * steepest);
      return 1e-5 * Math.max(1, Math.abs(v));
    };
    values.forEach((v, i) => {
      expect(Math.abs(v - others[i]!), `${name}[${i}]: ${v} here, ${others[i]} in PyTorch`).toBeLessThanOrEqual(
        bound(v),
      );
    });
  }
}

describe.skipIf(!present)('a pass here and in PyTorch', () => {
  test.each(cases)('$name', async c => {
    let vae = c.build();
    const batch = batchFor(vae);
    const model = join(folder, 'model.safetensors');
    const trained = join(folder, 'trained.safetensors');
    writeFileSync(join(folder, 'given.safetensors'), given(vae, batch, c, new Rng(5)));

    // At the start, there.
    await saveVae(vae, file(model));
    compare(passOf(vae, batch, c), await inPython(model));
    vae.dispose();

    // After training there, here.
    vae = await loadVae(file(model), { parts });
    const untouched = readFileSync(model);
    await saveVae(vae, file(model));
    expect(Buffer.compare(readFileSync(model), untouched)).toBe(0);
    vae.dispose();
    const theirs = await inPython(model, '12', trained);
    vae = await loadVae(file(trained), { parts });
    compare(passOf(vae, batch, c), theirs);

    // After training here, there.
    const trainer = new VaeTrainer({ model: vae, objective: elboObjective(), optimizer: new Adam(), seed: 1 });
    for (let i = 0; i < 12; i++) tf.dispose(Object.values(trainer.step(batch)).filter(t => t instanceof tf.Tensor));
    await saveVae(vae, file(model));
    compare(passOf(vae, batch, c), await inPython(model));
    trainer.dispose();
    vae.dispose();
  });
});
