// Starts two processes of the same run on one folder, again and again: one must end as the run that nobody shares, the
// other with a clear line. tsx scripts/contend.ts [--trials 20]
import { parseArgs } from 'node:util';
import { bundleTraining } from './kill/bundle';
import { alone, contend } from './kill/contend';

const { values: flags } = parseArgs({
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  options: { trials: { type: 'string', default: '20' } },
});
const trials = Number(flags.trials);
const bundle = await bundleTraining();
let [wrong, refused] = [0, 0];
try {
  const expected = await alone(bundle.path, 1);
  for (let trial = 0; trial < trials; trial++) {
    const { outcomes, refusals, others, left } = await contend(bundle.path, 1);
    refused += refusals.length;
    const isRight = outcomes.length > 0 && outcomes.every(o => o === expected) && others.length + left.length === 0;
    if (!isRight) wrong++;
    console.log(
      `trial ${trial}: ${outcomes.length} ended, ${refusals.length} refused${isRight ? '' : `: WRONG ${others} ${left}`}`,
    );
  }
} finally {
  bundle.remove();
}
console.log(`${trials} trials, ${refused} processes refused with a clear line, ${wrong} trials wrong`);
process.exit(wrong > 0 ? 1 : 0);
