import { defineConfig } from 'tsup';

// One entry per source file: importing one loss then costs one loss, and no Layer class comes along.
export default defineConfig({
  entry: ['src/**/*.ts'],
  format: ['esm', 'cjs'],
  dts: { entry: { index: 'src/index.ts', 'node/index': 'src/node/index.ts' } },
  // Without splitting, each entry would get copies of the classes that it uses.
  splitting: true,
  target: 'es2022',
  sourcemap: true,
  clean: true,
  treeshake: false,
});
