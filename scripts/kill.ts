// Kills training at random moments, lets it go on from its checkpoints, and compares its end with the unbroken run.
// tsx scripts/kill.ts [--kills 90] [--pages 10] [--seed 1]
import { parseArgs } from 'node:util';
import { bundleTraining } from './kill/bundle';
import { inBrowser } from './kill/in-browser';
import { inNode } from './kill/in-node';
import { countOf, killedRun, type Place, type RunReport } from './kill/run';

const { values: flags } = parseArgs({
  // npm run hands its own -- on.
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  options: {
    /** Of processes of Node. */
    kills: { type: 'string', default: '90' },
    /** Of pages of Chromium, or all of it. */
    pages: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
  },
});
const [kills, pages, first] = [Number(flags.kills), Number(flags.pages), Number(flags.seed)];
if (![kills, pages, first].every(n => Number.isSafeInteger(n) && n >= 0)) {
  throw new Error(
    `--kills, --pages and --seed must be whole numbers, got ${flags.kills}, ${flags.pages} and ${flags.seed}`,
  );
}
/** Kills of one run, at most; a run whose end comes before has less. */
const MOST = { node: 12, chromium: 6 };
const BACKENDS = ['cpu', 'wasm'];

const start = performance.now();
const reports: RunReport[] = [];
if (kills > 0) {
  const bundle = await bundleTraining();
  const place = inNode(bundle.path);
  try {
    await killIn(place, kills, MOST.node);
  } finally {
    place.close();
    bundle.remove();
  }
}
if (pages > 0) {
  const place = await inBrowser();
  try {
    await killIn(place, pages, MOST.chromium);
  } finally {
    await place.close();
  }
}

const total = (count: (report: RunReport) => number) => reports.reduce((sum, report) => sum + count(report), 0);
const others = total(({ same }) => Number(!same));
const unreadable = total(report => report.unreadable.length);
const leftBehind = total(report => report.leftBehind.length);
console.log(
  `${total(countOf)} kills, ${reports.length} runs: ${others === 0 ? 'all' : `${others} not`} as the unbroken run, ` +
    `${unreadable} unreadable, ${leftBehind} left behind (${Math.round((performance.now() - start) / 1000)} s)`,
);
process.exit(others + unreadable + leftBehind > 0 ? 1 : 0);

async function killIn(place: Place, wanted: number, most: number): Promise<void> {
  for (let seed = first, done = 0; done < wanted; seed++) {
    const backend = BACKENDS[seed % BACKENDS.length]!;
    const report = await killedRun(place, { seed, backend, most: Math.min(most, wanted - done) });
    reports.push(report);
    done += countOf(report);
    console.log(lineOf(report));
  }
}

function lineOf(report: RunReport): string {
  const { place, backend, seed, outcome, same, unreadable, leftBehind } = report;
  const kinds = Object.entries(report.kills).map(([kind, count]) => `${count} ${kind}`);
  const end = `${outcome.steps} steps, ${outcome.epochs} epochs${outcome.stoppedEarly ? ', stopped early' : ''}`;
  const result = same ? 'as the unbroken run' : 'NOT AS THE UNBROKEN RUN';
  const wrong = [...unreadable.map(text => `unreadable: ${text}`), ...leftBehind.map(name => `left behind: ${name}`)];
  return [
    `${place} ${backend}, seed ${seed}: killed ${countOf(report)} times (${kinds.join(', ')}); ${end}: ${result}`,
    ...wrong,
  ].join('\n  ');
}
