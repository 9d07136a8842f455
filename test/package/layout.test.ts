import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { root, run } from './run';

const require = createRequire(import.meta.url);

/** What `npm pack` takes. */
async function packed(): Promise<string[]> {
  const [tarball] = JSON.parse(await run('npm', ['pack', '--ignore-scripts', '--dry-run', '--json'], root));
  return (tarball as { files: { path: string }[] }).files.map(({ path }) => path);
}

const isOurCode = (path: string) => /^dist\/.*\.c?js$/.test(path) && !path.endsWith('.min.js');
const text = (path: string) => readFile(`${root}${path}`, 'utf8');

describe('the files of the tarball', () => {
  test('are modules one to one with src, each once for import and once for require', async () => {
    const files = await packed();
    const modules = files.filter(isOurCode);
    expect(modules.length).toBeGreaterThan(300);
    const sourceOf = (path: string) => path.replace('dist/', 'src/').replace(/\.c?js$/, '.ts');
    expect(modules.filter(path => !existsSync(`${root}${sourceOf(path)}`))).toEqual([]);
    for (const path of modules) {
      const map = JSON.parse(await text(`${path}.map`)) as { sources: string[]; sourcesContent: string[] };
      expect(map.sources.map(source => source.replace(/^(\.\.\/)+/, ''))).toEqual([sourceOf(path)]);
      expect(map.sourcesContent).toEqual([await text(sourceOf(path))]);
    }
    expect(modules.filter(path => path.endsWith('.cjs')).map(path => path.replace('.cjs', '.js'))).toEqual(
      modules.filter(path => path.endsWith('.js')),
    );
  });

  test('are code, their maps, types and pages, and nothing else', async () => {
    const files = await packed();
    const known = [
      isOurCode,
      (path: string) => path === 'dist/tfjs-vae.min.js',
      (path: string) => path.endsWith('.map') && files.includes(path.slice(0, -4)),
      (path: string) => /^dist\/.*\.d\.c?ts$/.test(path),
      (path: string) => /^(docs|examples)\//.test(path),
      (path: string) => ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'].includes(path),
    ];
    expect(files.filter(path => !known.some(is => is(path)))).toEqual([]);
    expect(files.filter(path => path.includes('chunk-'))).toEqual([]);
  });

  test('hold no module that says nothing, and each class once', async () => {
    const modules = (await packed()).filter(path => isOurCode(path) && path.endsWith('.js'));
    const classes: string[] = [];
    for (const path of modules) {
      const code = (await text(path)).replace(/\/\/# source.*/, '');
      expect(code.replace(/export \{\s*\};?/, '').trim(), path).not.toBe('');
      classes.push(...[...code.matchAll(/^(?:export )?class (\w+)/gm)].map(match => match[1]!));
    }
    expect(classes.length).toBeGreaterThan(20);
    expect(new Set(classes).size).toBe(classes.length);
  });

  test('load in CommonJS without import(), which Jest does not have', async () => {
    const modules = (await packed()).filter(path => path.endsWith('.cjs'));
    for (const path of modules) expect(await text(path), path).not.toMatch(/\bimport\("\./);
  });
});

test.each(['import', 'require'])('classes have their own names, by %s', async how => {
  const entries = ['tfjs-vae', 'tfjs-vae/node', 'tfjs-vae/web', 'tfjs-vae/parquet'];
  const load = async (name: string): Promise<Record<string, unknown>> =>
    how === 'require' ? require(name) : import(/* @vite-ignore */ import.meta.resolve(name));
  const exported = (await Promise.all(entries.map(load))).flatMap(Object.entries);
  const classes = exported.filter(([name, value]) => typeof value === 'function' && /^[A-Z]/.test(name));
  expect(classes.length).toBeGreaterThan(15);
  expect(classes.map(([, value]) => (value as { name: string }).name)).toEqual(classes.map(([name]) => name));
});
