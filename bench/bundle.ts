import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Result } from './result';

/** What importing a name adds to a bundle, as `size-limit` measures it. Nothing where there is no build. */
export function bundleSizes(): Result | undefined {
  if (!existsSync('dist/index.js')) return undefined;
  const { stdout, status } = spawnSync('npx', ['size-limit', '--json'], { encoding: 'utf8' });
  // 1: a limit is passed; the sizes are there all the same.
  if (status !== 0 && status !== 1) return undefined;
  const rows = JSON.parse(stdout) as { name: string; size: number }[];
  return {
    kind: 'bundle',
    title: 'what an import adds to a bundle with tfjs in it',
    unit: 'bytes, minified and gzipped',
    values: Object.fromEntries(rows.map(({ name, size }) => [name, size])),
    ratios: {},
  };
}
