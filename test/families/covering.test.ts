import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import {
  couplingFlow,
  type Distribution,
  elboObjective,
  FlowPrior,
  iwaeObjective,
  LikelihoodDecoder,
  loadVae,
  MixturePrior,
  mafFlow,
  NormalPrior,
  PosteriorEncoder,
  type Prior,
  saveVae,
  Vae,
  VaeTrainer,
  VampPrior,
} from 'tfjs-vae';
import { beforeAll, describe, expect, test } from 'vitest';
import { mlp } from '../support/networks';
import type { FamilyRow } from './row';
import { familyRows } from './table';

const LATENT_DIM = 2;
/** Not a product: each appears with several of the others. */
const RUNS = 42;

type PriorRow = { name: string; make?(inputSize: number): Prior | Distribution };

/** Priors of real vectors; every posterior has a default one beside them. */
const priors: readonly PriorRow[] = [
  { name: 'its default prior' },
  { name: 'normal', make: () => new NormalPrior({ latentDim: LATENT_DIM }) },
  { name: 'mixture', make: () => new MixturePrior({ latentDim: LATENT_DIM, components: 4, seed: 3 }) },
  { name: 'vamp', make: size => new VampPrior({ pseudoInputs: 5, inputShape: [size], seed: 3 }) },
  { name: 'coupling flow', make: () => new FlowPrior({ latentDim: LATENT_DIM, flow: [couplingFlow({ seed: 3 })] }) },
  {
    name: 'masked autoregressive flow',
    make: () => new FlowPrior({ latentDim: LATENT_DIM, flow: [mafFlow({ steps: 1, hidden: 8, seed: 3 })] }),
  },
];

/** One of each family; a family of families is another one with other members. */
const oneOfEach = (rows: readonly FamilyRow[]) => [...new Map(rows.map(row => [row.of ?? row.name, row])).values()];
const likelihoods = oneOfEach(familyRows.filter(({ data }) => data));
const posteriors = oneOfEach(familyRows.filter(({ data }) => !data));
/** Whether its values are vectors of any real numbers, so that it can have any of the priors. */
const isReal = ({ family }: FamilyRow) => !family.defaultPrior;

/** Each list in turn, moved on by one in each round, so that two lists of one length do not go in step. */
const runs = Array.from({ length: RUNS }, (_, i) => {
  const at = <T>(list: readonly T[], shift: number) => list[(i + shift * Math.floor(i / list.length)) % list.length]!;
  const [likelihood, posterior] = [at(likelihoods, 0), at(posteriors, 1)];
  const prior = isReal(posterior) ? at(priors, 2) : priors[0]!;
  return { name: `${likelihood.name} · ${posterior.name} · ${prior.name}`, likelihood, posterior, prior };
});

const width = ({ family }: FamilyRow, size: number) =>
  Object.values(family.parameters(size)).reduce((sum, one) => sum + one, 0);

/** A decoder's network for a z of several axes. */
function flattening(shape: readonly number[], outputs: number): tf.Sequential {
  const kernelInitializer = tf.initializers.glorotUniform({ seed: 3 });
  return tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [...shape] }),
      tf.layers.dense({ units: 8, activation: 'tanh', kernelInitializer }),
      tf.layers.dense({ units: outputs, kernelInitializer }),
    ],
  });
}

function modelOf({ likelihood, posterior, prior }: (typeof runs)[number]): Vae {
  const encoder = new PosteriorEncoder({
    network: mlp([likelihood.size, 8], 1),
    latentDim: LATENT_DIM,
    posterior: posterior.family,
    seed: 5,
  });
  const outputs = width(likelihood, likelihood.size);
  const network =
    encoder.latentShape.length > 1 ? flattening(encoder.latentShape, outputs) : mlp([LATENT_DIM, 8, outputs], 3);
  return new Vae({
    encoder,
    decoder: new LikelihoodDecoder({ network, likelihood: likelihood.family }),
    ...(prior.make && { prior: prior.make(likelihood.size) }),
  });
}

/** Those that it appears with. */
function partners(of: 'likelihood' | 'posterior' | 'prior'): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const run of runs) {
    const others = (['likelihood', 'posterior', 'prior'] as const).filter(kind => kind !== of);
    const names = found.get(run[of].name) ?? new Set();
    for (const kind of others) names.add(`${kind} ${run[kind].name}`);
    found.set(run[of].name, names);
  }
  return found;
}

describe('every likelihood, posterior and prior with several of the others', () => {
  beforeAll(async () => {
    await tf.setBackend('wasm');
  });

  test.each(runs.map(run => [run.name, run] as const))('%s', async (_, run) => {
    const before = tf.memory().numTensors;
    const vae = modelOf(run);
    const x = run.likelihood.data!.draw(96);
    const objective = vae.offers.includes('ownDensity') && vae.offers.includes('perExample');
    const trainer = new VaeTrainer({
      model: vae,
      objective: objective && runs.indexOf(run) % 3 === 2 ? iwaeObjective({ samples: 3 }) : elboObjective(),
      learningRate: 0.01,
      seed: 2,
    });
    const first = await trainer.evaluate(x);
    await trainer.fit(x, { epochs: 20, batchSize: 96 });
    const last = await trainer.evaluate(x);
    expect(trainer.steps).toBe(20);
    expect(Number.isFinite(last.loss)).toBe(true);
    expect(last.loss).toBeLessThan(first.loss);

    const saved: Uint8Array[] = [];
    await saveVae(vae, { write: async bytes => void saved.push(bytes) });
    const parts = [
      PosteriorEncoder,
      LikelihoodDecoder,
      FlowPrior,
      MixturePrior,
      NormalPrior,
      VampPrior,
      ...(run.likelihood.parts ?? []),
    ];
    const again = await loadVae(saved[0]!, { parts: [...parts, ...(run.posterior.parts ?? [])] });
    const other = new VaeTrainer({ model: again, seed: 2 });
    const same = new VaeTrainer({ model: vae, seed: 2 });
    expect(await other.evaluate(x)).toEqual(await same.evaluate(x));
    for (const one of [trainer, other, same, vae, again, x]) one.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('each appears with at least two of each of the others', () => {
  for (const of of ['likelihood', 'posterior', 'prior'] as const) {
    for (const [name, names] of partners(of)) {
      expect(names.size, `${of} ${name} with ${[...names].join(', ')}`).toBeGreaterThanOrEqual(3);
    }
  }
  expect(partners('likelihood').size).toBe(likelihoods.length);
  expect(partners('posterior').size).toBe(posteriors.length);
  expect(partners('prior').size).toBe(priors.length);
});
