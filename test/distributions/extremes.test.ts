import { describeBackends } from '../support/backends';
import { checkExtremes } from './extremes/check';

describeBackends('over a grid with extremes', () => checkExtremes());
