import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('../..', import.meta.url));

// What runs Python beside the library; not a part of `npm test`, since PyTorch takes seconds to start.
export default defineConfig({
  root,
  resolve: {
    alias: [
      { find: /^tfjs-vae\/node$/, replacement: `${root}src/node/index.ts` },
      { find: /^tfjs-vae\/web$/, replacement: `${root}src/web/index.ts` },
      { find: /^tfjs-vae$/, replacement: `${root}src/index.ts` },
    ],
  },
  test: {
    include: ['test/python/**/*.test.ts'],
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    fileParallelism: false,
  },
});
