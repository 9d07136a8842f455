import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleTraining } from '../../scripts/kill/bundle';
import { alone, contend } from '../../scripts/kill/contend';
import { inNode } from '../../scripts/kill/in-node';
import { countOf, killedRun, type Place } from '../../scripts/kill/run';

// The long run, with pages of Chromium among them, is `tsx scripts/kill.ts`.
let script = '';
let place: Place;
let release: () => void;
beforeAll(async () => {
  const bundle = await bundleTraining();
  script = bundle.path;
  const node = inNode(bundle.path);
  place = node;
  release = () => {
    node.close();
    bundle.remove();
  };
});
afterAll(() => release());

test('killed three times with SIGKILL: the run ends as the unbroken one, and leaves nothing else', async () => {
  const report = await killedRun(place, { seed: 3, backend: 'cpu', most: 3 });
  expect(countOf(report)).toBe(3);
  expect(report).toMatchObject({ same: true, unreadable: [], leftBehind: [] });
  expect(report.outcome.steps).toBeGreaterThan(100);
});

test('the comparison notices a run of another seed', async () => {
  const mixed: Place = { ...place, unbroken: (seed, backend) => place.unbroken(seed + 1, backend) };
  expect(await killedRun(mixed, { seed: 2, backend: 'wasm', most: 0 })).toMatchObject({ same: false, kills: {} });
});

// Twenty trials are `tsx scripts/contend.ts`.
test('two processes at one folder: one ends as if it were alone, the other is told', async () => {
  const expected = await alone(script, 1);
  const { outcomes, refusals, others, left } = await contend(script, 1);
  expect(outcomes.length).toBeGreaterThan(0);
  expect(outcomes.every(outcome => outcome === expected)).toBe(true);
  expect(outcomes.length + refusals.length).toBe(2);
  expect([others, left]).toEqual([[], []]);
});
