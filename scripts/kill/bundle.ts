import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The training process as one file, since tsx would take longer to start than most runs live.
 *
 * @returns Its path within the project, from where Node finds tfjs, and what removes it.
 */
export async function bundleTraining(): Promise<{ path: string; remove(): void }> {
  const path = `${ROOT}out/kill/train-${process.pid}.mjs`;
  await build({
    entryPoints: [`${ROOT}scripts/kill/train.ts`],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  });
  return { path, remove: () => rmSync(path, { force: true }) };
}
