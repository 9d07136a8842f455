import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { snippetModule } from '../support/snippets';
import { type Gaussian, given } from './gaussian';

/** What the page hands over. */
type Results = {
  sensors: string[];
  usual: number[];
  byLoad: number[];
  byWeather: number[];
  noise: number[];
  scales: { mean: number; deviation: number }[];
  truth: Float32Array;
  test: Float32Array;
  errors: number[];
  quiet: Float32Array;
  broken: Float32Array;
  caught: number;
  elbo: number;
  bound: number;
};

const page = readFileSync('docs/tables.md', 'utf8');
const shared = globalThis as { tablesPage?: (results: Results) => void };
let results: Results;
let rows: (values: Float32Array) => number[][];
let gaussian: Gaussian;

// The whole page as it stands: all rows, all epochs.
beforeAll(async () => {
  await tf.setBackend('wasm');
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const folder = resolve('.cache/tables');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'tables.ts');
  writeFileSync(file, snippetModule('docs/tables.md').code);
  await new Promise<void>((done, failed) => {
    shared.tablesPage = handed => {
      results = handed;
      done();
    };
    import(/* @vite-ignore */ file).catch(failed);
  });
  const { sensors, usual, byLoad, byWeather, noise } = results;
  gaussian = {
    mean: usual,
    covariance: sensors.map((_, i) =>
      sensors.map((_, j) => byLoad[i]! * byLoad[j]! + byWeather[i]! * byWeather[j]! + (i === j ? noise[i]! ** 2 : 0)),
    ),
  };
  rows = values => {
    const size = sensors.length;
    return Array.from({ length: values.length / size }, (_, r) => [...values.subarray(r * size, (r + 1) * size)]);
  };
}, 600_000);

afterAll(() => {
  delete shared.tablesPage;
  vi.restoreAllMocks();
});

/** A number that the page prints is that of this run, to a share of it that other machines may differ by. */
function expectPrinted(printed: string, value: number, share = 0.1) {
  const digits = printed.split('.')[1]?.length ?? 0;
  expect(Math.abs(Number(printed.replace('−', '-')) - value), `${printed} is ${value}`).toBeLessThanOrEqual(
    share * Math.abs(value) + 0.51 * 10 ** -digits,
  );
}

test('what filling in is worth: the column mean, the model, and the conditional mean', () => {
  const { sensors, scales, truth, test: holey, errors } = results;
  const size = sensors.length;
  const best = rows(holey).flatMap(row => given(gaussian, row).mean);
  const rootOf = (guess: (i: number) => number) =>
    sensors.map((_, column) => {
      const holes = [...holey.keys()].filter(i => i % size === column && Number.isNaN(holey[i]!));
      return Math.sqrt(holes.reduce((sum, i) => sum + (guess(i) - truth[i]!) ** 2, 0) / holes.length);
    });
  const means = rootOf(i => scales[i % size]!.mean);
  const bests = rootOf(i => best[i]!);
  sensors.forEach((sensor, i) => {
    const [, mean, model, least] = new RegExp(`\\| ${sensor} \\| (\\S+) \\| (\\S+) \\| (\\S+) \\|`).exec(page)!;
    expectPrinted(mean!, means[i]!, 0);
    expectPrinted(model!, errors[i]!);
    expectPrinted(least!, bests[i]!, 0);
    expect(errors[i]!).toBeGreaterThan(0.95 * bests[i]!);
    expect(errors[i]!).toBeLessThan(0.7 * means[i]!);
  });
});

test('the bounds, and the true log p(x) above them', () => {
  const { test: holey, scales, elbo, bound } = results;
  // Of scaled numbers: the density has the standard deviations of the observed columns as a factor.
  const logs = rows(holey).map(row => {
    const units = row.reduce((sum, v, i) => sum + (Number.isNaN(v) ? 0 : Math.log(scales[i]!.deviation)), 0);
    return given(gaussian, row).logProb + units;
  });
  const exact = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  expect(elbo).toBeLessThan(bound);
  expect(bound).toBeLessThan(exact);
  const printed = (label: string) => new RegExp(`\\| ${label} \\| (\\S+) \\|`).exec(page)![1]!;
  expectPrinted(printed('ELBO'), elbo);
  expectPrinted(printed('importance-weighted bound, 16 samples'), bound);
  expectPrinted(printed('true log p\\(x\\) of the observed numbers'), exact, 0);
});

test('how many broken rows are found, and how many the true density finds', () => {
  const { quiet, broken, caught } = results;
  const exact = (values: Float32Array) => rows(values).map(row => given(gaussian, row).logProb);
  const threshold = exact(quiet).sort((a, b) => a - b)[Math.floor((0.05 * quiet.length) / 6)]!;
  const found = exact(broken).filter(value => value < threshold).length / (broken.length / 6);
  const [, model, best] = /finds (\d+) % of the broken ones; the true density would find (\d+) %/.exec(page)!;
  expectPrinted(model!, 100 * caught);
  expectPrinted(best!, 100 * found, 0);
});
