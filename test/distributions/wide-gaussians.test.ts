import { describeBackends } from '../support/backends';
import { checkWideGaussians } from './wide-gaussians';

describeBackends('correlated Gaussians in 64 dimensions', () => checkWideGaussians());
