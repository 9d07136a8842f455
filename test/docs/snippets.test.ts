import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as library from 'tfjs-vae';
import * as nodeLibrary from 'tfjs-vae/node';
import * as parquetLibrary from 'tfjs-vae/parquet';
import * as webLibrary from 'tfjs-vae/web';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type SnippetModule, snippetModule, typeErrors } from '../support/snippets';

/** Git-ignored, and outside of node_modules, where vitest would not compile it. */
const FOLDER = resolve('.cache/snippets');

const pages = [
  'README.md',
  ...readdirSync('docs')
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
];

function write(module: SnippetModule, name: string): string {
  const file = join(FOLDER, name);
  writeFileSync(file, module.code);
  return file;
}

beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
});

describe('the code of the pages', () => {
  const root = process.cwd();
  const { fetch } = globalThis;

  beforeEach(async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    await tf.setBackend('wasm');
    globalThis.fetch = async url => {
      throw new Error(`a page wanted ${url}: give it a fetch of its own in a hidden block`);
    };
  });
  afterEach(() => {
    vi.restoreAllMocks();
    globalThis.fetch = fetch;
    process.chdir(root);
  });

  test.each(pages)('%s runs', async page => {
    const file = write(snippetModule(page, { runnable: true }), `run-${basename(page, '.md')}.ts`);
    process.chdir(FOLDER); // for the files that a page writes
    await import(/* @vite-ignore */ file);
  });
});

test('the code of the pages and of the doc comments has right types', () => {
  const fromPages = pages.map(page => {
    const module = snippetModule(page);
    return { module, file: write(module, `types-${basename(page, '.md')}.ts`) };
  });
  const fromSource = sourceFiles().map(path => {
    const module = snippetModule(path, { shared: false, preamble: preambleOf(path) });
    return { module, file: write(module, `${path.replaceAll('/', '-')}`) };
  });
  expect(fromSource.length).toBeGreaterThan(40);
  expect(typeErrors([...fromPages, ...fromSource])).toEqual([]);
});

test('a wrong type and a stale import are found, at their line', () => {
  const path = join(FOLDER, 'wrong.md');
  writeFileSync(path, "# Wrong\n\n```ts\nimport { Rng } from 'tfjs-vae';\nconst n: number = 'one';\n```\n");
  const module = snippetModule(path);
  expect(typeErrors([{ module, file: write(module, 'wrong.ts') }])).toEqual([
    expect.stringContaining(':1 '),
    expect.stringContaining(':5 '),
  ]);
});

test('README.md names everything that a user can import', () => {
  const readme = readFileSync('README.md', 'utf8');
  const names = [library, nodeLibrary, webLibrary].flatMap(Object.keys);
  expect(names.filter(name => !readme.includes(`\`${name}\``))).toEqual([]);
});

test('links between the pages lead somewhere', () => {
  const lost = pages.flatMap(page => {
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|mailto:)([^)]+)\)/g)].map(m => m[1]!);
    return links.filter(link => !leadsSomewhere(page, link)).map(link => `${page}: ${link}`);
  });
  expect(lost).toEqual([]);
});

/** The file is there, and has the heading that is linked to. */
function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(target)) return false;
  if (!anchor) return true;
  const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm)].map(m => m[1]!);
  return headings.some(heading => slug(heading) === anchor);
}

/** As GitHub makes anchors. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

function sourceFiles(): string[] {
  const all = readdirSync('src', { recursive: true, encoding: 'utf8' }).map(name => join('src', name));
  return all.filter(path => path.endsWith('.ts') && readFileSync(path, 'utf8').includes('```ts'));
}

/** What doc comments may take for granted: the public names, those of their own file, and some values. */
function preambleOf(path: string): string[] {
  const names = (text: string) =>
    [...text.matchAll(/^export (?:async )?(?:function|class|const) (\w+)/gm)].map(m => m[1]!);
  const known = [library, nodeLibrary, webLibrary, parquetLibrary].flatMap(Object.keys);
  const own = names(readFileSync(path, 'utf8')).filter(name => !known.includes(name));
  return [
    "import * as tf from '@tensorflow/tfjs';",
    ...Object.keys(library).map(name => `import { ${name} } from 'tfjs-vae';`),
    ...Object.keys(nodeLibrary).map(name => `import { ${name} } from 'tfjs-vae/node';`),
    ...Object.keys(webLibrary).map(name => `import { ${name} } from 'tfjs-vae/web';`),
    ...Object.keys(parquetLibrary).map(name => `import { ${name} } from 'tfjs-vae/parquet';`),
    ...own.map(name => `import { ${name} } from '${resolve(path.slice(0, -3))}';`),
    "import type { LabelledImages, Vae as V, Normal as N } from 'tfjs-vae';",
    'declare const vae: V<N>, gaussianVae: V<N>, model: V<N>, posterior: N, prior: N, likelihood: N, trainer: VaeTrainer;',
    'declare const encoderNetwork: tf.LayersModel, decoderNetwork: tf.LayersModel, train: LabelledImages;',
    'declare const x: tf.Tensor, z: tf.Tensor, xTrain: tf.Tensor, xTest: tf.Tensor, xHat: tf.Tensor, batch: tf.Tensor;',
    'declare const mean: tf.Tensor, logVar: tf.Tensor, logits: tf.Tensor, logWeights: tf.Tensor, quantised: tf.Tensor;',
    'declare const pixels: tf.Tensor, raw: tf.Tensor, samples: number, labels: Uint8Array;',
  ];
}
