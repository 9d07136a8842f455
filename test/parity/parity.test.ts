import { backends } from '../support/backends';
import { paritySuite } from './suite';

paritySuite(Object.fromEntries(backends.map(backend => [backend, true])));
