import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { root } from './run';

/** Leaves out what is loaded when it is first needed. */
const loadedLater: Plugin = {
  name: 'loaded-later',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};

/** The bundle of one import, and the source files that have bytes in it. */
async function bundle(names: string): Promise<{ code: string; sources: string[] }> {
  const result = await build({
    stdin: { contents: `import { ${names} } from 'tfjs-vae'; console.log(${names});`, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['@tensorflow/tfjs'],
    plugins: [loadedLater],
    write: false,
    metafile: true,
    logLevel: 'error',
    absWorkingDir: root,
    tsconfigRaw: {}, // ours would lead the name to src
  });
  const [output] = Object.values(result.metafile.outputs);
  // The index holds nothing but names.
  const files = Object.entries(output!.inputs).filter(
    ([path, { bytesInOutput }]) => !['<stdin>', 'dist/index.js'].includes(path) && bytesInOutput,
  );
  const sources = files.map(([path]) => path.replace(/^dist\/(.*)\.js$/, 'src/$1.ts'));
  return { code: result.outputFiles[0]!.text, sources: sources.sort() };
}

const rooms = (sources: string[]) => [...new Set(sources.map(source => source.split('/')[1]))];

/** What a distribution is made of, where that is another one. */
const BASES: Readonly<Record<string, readonly string[]>> = {
  GumbelSigmoid: ['src/distributions/bernoulli.ts'],
  GumbelSoftmax: ['src/distributions/one-hot-categorical.ts'],
  ZeroInflatedNegativeBinomial: ['src/distributions/negative-binomial.ts'],
};

describe('tree-shaking', () => {
  test.each(['elboLoss', 'klStandardNormal', 'klDivergence', 'iwaeLoss'])(
    '%s alone brings no layer, no model and no trainer',
    async name => {
      const { code, sources } = await bundle(name);
      expect(sources.some(source => source.startsWith('src/losses/'))).toBe(true);
      expect(rooms(sources).filter(room => !['losses', 'distributions', 'ops'].includes(room!))).toEqual([]);
      expect(code).not.toMatch(/\.layers\b|registerClass|className|trainable/);
    },
  );

  const index = readFileSync(join(root, 'src/index.ts'), 'utf8');
  const exported = [...index.matchAll(/export \{([^}]*)\} from '\.\/(distributions\/[^']*)'/g)];
  const members = exported.flatMap(([, names, file]) => names!.split(',').map(name => [name.trim(), file!] as const));
  const classes = members.filter(([name]) => /^[A-Z]/.test(name));
  const files = new Set(classes.map(([, file]) => `src/${file}.ts`));

  test.each(classes)('%s brings no other distribution', async (name, file) => {
    const { sources } = await bundle(name);
    expect(sources).toContain(`src/${file}.ts`);
    const others = sources.filter(source => files.has(source) && source !== `src/${file}.ts`);
    expect(others.filter(source => source !== 'src/distributions/elementwise.ts')).toEqual(BASES[name] ?? []);
  });

  test('a schedule alone brings no tfjs', async () => {
    const { code, sources } = await bundle('linearSchedule');
    expect(rooms(sources)).toEqual(['ops', 'schedules']); // the check of its options
    expect(code).not.toContain('tensorflow');
  });

  test('the check sees layers and trainers where they are', async () => {
    const { code, sources } = await bundle('GaussianHead, VaeTrainer');
    expect(rooms(sources)).toEqual(expect.arrayContaining(['layers', 'training']));
    expect(code).toMatch(/\.layers\b/);
  });

  test('kernels stay behind a dynamic import', async () => {
    const { code, sources } = await bundle('prepareBackend');
    expect(code).toMatch(/import\("[^"]*wasm\/apply\.js"\)/);
    expect(code).toMatch(/import\("[^"]*webgpu\/apply\.js"\)/);
    expect(sources).toContain('src/backends/prepare-backend.ts');
    expect(sources.filter(source => /^src\/backends\/.*\//.test(source))).toEqual([]); // those of one backend
  });
});
