import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^tfjs-vae\/node$/, replacement: source('./src/node/index.ts') },
      { find: /^tfjs-vae\/web$/, replacement: source('./src/web/index.ts') },
      { find: /^tfjs-vae\/parquet$/, replacement: source('./src/parquet/index.ts') },
      { find: /^tfjs-vae$/, replacement: source('./src/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/browser/**', 'test/package/**', 'test/python/**'],
    globalSetup: ['test/support/announce.ts'],
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
