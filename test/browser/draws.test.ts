import { describe } from 'vitest';
import { checkDraws, isLongRun } from '../distributions/draws/check';
import { describeBackends } from './backends';

// A software GPU takes minutes for them: `npm run test:draws`.
describe.runIf(isLongRun)('in the long run', () => {
  describeBackends('draws', () => checkDraws());
});
