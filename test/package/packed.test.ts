import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import {
  bothProgram,
  cjsProgram,
  esmProgram,
  filesProgram,
  nodeProgram,
  throwingProgram,
  typedProgram,
} from './programs';
import { root, run, runJson } from './run';

type Trained = { losses: number[]; steps: number; leaked: number };

/** Words that only the lazily loaded part for webgpu has. */
const webgpuKernels = 'tfjs picks a program';

const project = inject('project');

const file = (name: string, text: string) => writeFile(join(project, name), text);

beforeAll(async () => {
  await file('train.mjs', esmProgram);
  await file('train.cjs', cjsProgram);
  await file('both.mjs', bothProgram);
  await file('node.mjs', nodeProgram);
  await file('throw.mjs', throwingProgram);
  await file('main.ts', typedProgram);
  await file('main.cts', typedProgram);
  await file('index.html', '<script type="module" src="./main.ts"></script>');
});

function expectTrained({ losses, steps, leaked }: Trained): void {
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!);
  expect(steps).toBe(12);
  expect(leaked).toBe(0);
}

test('the tarball holds what it should, and installs no optional package', async () => {
  const installed = await readdir(join(project, 'node_modules/tfjs-vae'));
  expect(installed.sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'dist',
    'docs',
    'examples',
    'package.json',
  ]);
  const packages = await readdir(join(project, 'node_modules'));
  for (const name of Object.keys(manifest.peerDependenciesMeta)) expect(packages).not.toContain(name.split('/')[0]);
});

describe('trains', () => {
  test('by import', async () => {
    expectTrained(await runJson<Trained>('node', ['train.mjs'], project));
  });

  test('by require', async () => {
    expectTrained(await runJson<Trained>('node', ['train.cjs'], project));
  });

  test('with both copies in one process', async () => {
    const both = await runJson<{
      twoClasses: boolean;
      sameChanges: boolean;
      changes: number;
      preparedOnce: boolean;
      restored: boolean;
      kl: number;
      klOfOneCopy: number;
      loaded: number;
      trained: Trained[];
    }>('node', ['both.mjs'], project);
    expect(both).toMatchObject({ twoClasses: true, sameChanges: true, preparedOnce: true, restored: true, loaded: 2 });
    expect(both.changes).toBeGreaterThan(0);
    expect(both.kl).toBe(both.klOfOneCopy);
    both.trained.forEach(expectTrained);
    expect(both.trained[0]!.losses).toEqual(both.trained[1]!.losses);
  });
});

test('tfjs-vae/node and tfjs-vae/parquet say which package is missing', async () => {
  const { messages } = await runJson<{ messages: string[] }>('node', ['node.mjs'], project);
  expect(messages[0]).toMatch(/savePng: needs the package pngjs.*npm install pngjs/);
  expect(messages[1]).toMatch(/saveCurves: needs the package vega.*npm install vega/);
  expect(messages[2]).toMatch(/parquetRows: needs the package hyparquet.*npm install hyparquet/);
});

// In the repository, where they are installed: there too the name leads to dist.
test('tfjs-vae/node writes files and draws a bar, by import and by require', async () => {
  const program = join(root, 'out', 'files.tmp.mjs');
  await mkdir(join(root, 'out'), { recursive: true });
  await writeFile(program, filesProgram);
  try {
    await runJson('node', [program, project], root);
  } finally {
    await rm(program);
  }
  const files = await readdir(project);
  for (const name of ['esm.png', 'esm-curves.png', 'cjs.png', 'cjs-curves.png']) expect(files).toContain(name);
});

test.each([
  ['with the names that modules have in src', [], /tfjs-vae\/dist\/models\/mlp-vae\.js:\d+/],
  ['with source maps, in the lines of src', ['--enable-source-maps'], /tfjs-vae\/src\/models\/mlp-vae\.ts:\d+/],
])('a stack trace reads %s', async (_, flags, place) => {
  const { stack } = await runJson<{ stack: string }>('node', [...flags, 'throw.mjs'], project);
  expect(stack).toContain('latentDim');
  expect(stack).toMatch(place);
});

describe('type-checks under strict TypeScript', () => {
  const strict = [
    '--strict',
    '--noEmit',
    '--noUncheckedIndexedAccess',
    '--exactOptionalPropertyTypes',
    '--target',
    'es2022',
  ];
  const tsc = (args: string[]) => run('node', [`${root}node_modules/typescript/bin/tsc`, ...strict, ...args], project);

  test.each([
    ['a bundler', ['--module', 'esnext', '--moduleResolution', 'bundler', 'main.ts']],
    ['Node', ['--module', 'nodenext', 'main.ts', 'main.cts']],
  ])('for %s', async (_, args) => {
    await tsc(['--skipLibCheck', ...args]);
  });

  // tf.d.ts itself needs skipLibCheck; ours must not.
  test('without an error in our own declarations', async () => {
    const errors = await tsc(['--module', 'nodenext', 'main.ts', 'main.cts']).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(errors.split('\n').filter(line => line.includes('tfjs-vae/dist'))).toEqual([]);
  });
});

describe('builds', () => {
  test('with esbuild', async () => {
    const { outputFiles } = await esbuild({
      entryPoints: [join(project, 'main.ts')],
      bundle: true,
      splitting: true,
      format: 'esm',
      outdir: join(project, 'out-esbuild'),
      write: false,
      logLevel: 'silent',
    });
    const kernels = outputFiles.filter(({ text }) => text.includes(webgpuKernels));
    expect(kernels).toHaveLength(1);
    expect(kernels[0]!.path).not.toMatch(/main\.js$/);
  });

  test('with Vite', async () => {
    const result = await vite({
      root: project,
      configFile: false,
      logLevel: 'error',
      build: { write: false, minify: false },
    });
    const { output } = result as Exclude<typeof result, unknown[] | { close: unknown }>;
    const chunks = output.filter(chunk => chunk.type === 'chunk');
    expect(chunks.some(chunk => chunk.isDynamicEntry)).toBe(true);
    expect(chunks.find(chunk => chunk.isEntry)!.code).not.toContain(webgpuKernels);
  });
});
