import { checkWideGaussians } from '../distributions/wide-gaussians';
import { describeBackends } from './backends';

describeBackends('correlated Gaussians in 64 dimensions', () => checkWideGaussians());
