import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import manifest from '../../package.json' with { type: 'json' };
import { root, run } from './run';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of a project of somebody else's, with the packed tarball and tfjs installed. */
    project: string;
  }
}

/** These tests look at the built package, in the repository and as a user has it. */
export default async function userProject({ provide }: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(`${root}dist/index.js`)) throw new Error('dist is missing: run `npm run build` first');
  const project = await mkdtemp(join(tmpdir(), 'tfjs-vae-user-'));
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', project], root);
  const tarball = (await readdir(project)).find(name => name.endsWith('.tgz'))!;
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
  const tfjs = ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'] as const;
  const packages = [`./${tarball}`, ...tfjs.map(name => `${name}@${manifest.devDependencies[name]}`)];
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages], project);
  provide('project', project);
  return () => rm(project, { recursive: true, force: true });
}
