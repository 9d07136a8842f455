import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Slow, and about what `npm run build` left in dist: not a part of `npm test`.
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/package/**/*.test.ts'],
    globalSetup: ['test/package/user-project.ts'],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
