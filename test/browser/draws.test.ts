import { checkDraws } from '../distributions/draws/check';
import { describeBackends } from './backends';

describeBackends('draws', () => checkDraws());
