import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, transformSync } from 'esbuild';
import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['plugins']>[number];

/** The sources that do something: a file of types alone needs no JavaScript. */
const entry = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map(name => join('src', name))
  .filter(path => path.endsWith('.ts') && transformSync(readFileSync(path, 'utf8'), { loader: 'ts' }).code !== '')
  .sort();

/**
 * Without bundling, imports stay as they are written in `src`; Node wants the file that they mean. In CommonJS our own
 * modules load by `require` then too, since Jest has no `import()`; packages keep it, since some cannot be required.
 */
const importExtensions: Plugin = {
  name: 'import-extensions',
  renderChunk(code) {
    const isCommon = this.format === 'cjs';
    const named = code.replace(
      /(\b(?:from |import |import\(|require\()"\.\.?\/[^"]*)(?=")/g,
      `$1${isCommon ? '.cjs' : '.js'}`,
    );
    if (!isCommon) return { code: named };
    return { code: named.replace(/\bimport\(("\.[^"]*")\)/g, 'Promise.resolve().then(() => require($1))') };
  },
};

/** In CommonJS, esbuild copies the thousand names of tfjs for each file that imports it: half the time of a `require`. */
const oneTfjs: Plugin = {
  name: 'one-tfjs',
  renderChunk(code) {
    return { code: code.replace(/__toESM\((require\("@tensorflow\/tfjs"\)), 1\)/, '$1') };
  },
};

/** All that pages need in one file, for those without a bundler: an import map gives it tfjs. */
const pageFile: Plugin = {
  name: 'page-file',
  async buildEnd() {
    if (this.format !== 'esm') return;
    await build({
      stdin: { contents: `export * from './src/index'; export * from './src/web/index';`, resolveDir: '.' },
      outfile: 'dist/tfjs-vae.min.js',
      bundle: true,
      minify: true,
      keepNames: true,
      format: 'esm',
      target: 'es2022',
      sourcemap: true,
      external: ['@tensorflow/tfjs'],
    });
  },
};

// Module by module, under its own name: what is imported is found, a stack trace names a file of `src`, each class is
// in one file alone, and one loss costs one loss. esbuild's bundling would also rename classes that name themselves.
export default defineConfig({
  entry,
  bundle: false,
  format: ['esm', 'cjs'],
  dts: {
    entry: {
      index: 'src/index.ts',
      'node/index': 'src/node/index.ts',
      'web/index': 'src/web/index.ts',
      'parquet/index': 'src/parquet/index.ts',
    },
  },
  target: 'es2022',
  sourcemap: true,
  clean: true,
  plugins: [importExtensions, oneTfjs, pageFile],
  esbuildOptions(options, { format }) {
    // CommonJS has no import.meta, and refuses a file that names it.
    if (format === 'cjs') options.define = { ...options.define, 'import.meta.url': '__filename' };
  },
});
