import { readFile, writeFile } from 'node:fs/promises';
import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['plugins']>[number];

/**
 * Splitting CommonJS turns `import('vega')` into a `require`, which packages with a top-level await refuse. Node's own
 * `import()` works in CommonJS too, so packages get it back.
 */
const nativeImports: Plugin = {
  name: 'native-imports',
  async buildEnd({ writtenFiles }) {
    const wrapped = /Promise\.resolve\(\)\.then\(\(\) => _interopRequireWildcard\(require\(("[^."][^"]*")\)\)\)/g;
    for (const { name } of writtenFiles.filter(file => file.name.endsWith('.cjs'))) {
      const code = await readFile(name, 'utf8');
      const mended = code.replace(wrapped, 'import($1)');
      if (mended !== code) await writeFile(name, mended);
    }
  },
};

// One entry per source file: importing one loss then costs one loss, and no Layer class comes along.
export default defineConfig({
  entry: ['src/**/*.ts'],
  format: ['esm', 'cjs'],
  dts: { entry: { index: 'src/index.ts', 'node/index': 'src/node/index.ts', 'web/index': 'src/web/index.ts' } },
  // Without splitting, each entry would get copies of the classes that it uses.
  splitting: true,
  target: 'es2022',
  sourcemap: true,
  clean: true,
  plugins: [nativeImports],
  esbuildOptions(options, { format }) {
    // CommonJS has no import.meta, and refuses a file that names it.
    if (format === 'cjs') options.define = { ...options.define, 'import.meta.url': '__filename' };
  },
});
