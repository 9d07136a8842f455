import { checkExtremes } from '../distributions/extremes/check';
import { describeBackends } from './backends';

describeBackends('over a grid with extremes', () => checkExtremes());
