import { describeBackends } from '../support/backends';
import { checkDraws } from './draws/check';

describeBackends('draws', () => checkDraws());
