import { existsSync } from 'node:fs';
import { root } from './run';

/** These tests look at the built package. */
export default function needDist(): void {
  if (!existsSync(`${root}dist/index.js`)) throw new Error('dist is missing: run `npm run build` first');
}
