import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { CHROMIUM, FLAGS } from './chromium';

const root = fileURLToPath(new URL('../..', import.meta.url));

const alias = [
  { find: /^tfjs-vae\/web$/, replacement: `${root}src/web/index.ts` },
  { find: /^tfjs-vae$/, replacement: `${root}src/index.ts` },
];

// Pages are not cross-origin isolated unless their server asks for it, and most do not.
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** What is loaded only when a file is read: a page that met it late would load anew. */
const hyparquetPages = ['column', 'convert', 'datapage'].map(name => `hyparquet/src/${name}.js`);

/** Anew for each project: vitest writes into it. */
const browser = () => ({
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: playwright({ launchOptions: { executablePath: CHROMIUM, args: FLAGS } }),
  instances: [{ browser: 'chromium' as const }],
});

const shared = { fileParallelism: false, testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  root,
  test: {
    projects: [
      {
        root,
        resolve: { alias },
        optimizeDeps: {
          include: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-webgpu', 'hyparquet', ...hyparquetPages],
        },
        test: {
          ...shared,
          browser: browser(),
          name: 'page',
          include: ['test/browser/**/*.test.ts'],
          exclude: ['test/browser/isolated/**'],
        },
      },
      {
        root,
        resolve: { alias },
        cacheDir: `${root}node_modules/.vite/isolated`,
        server: { headers: isolation },
        optimizeDeps: { include: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'] },
        test: {
          ...shared,
          browser: browser(),
          name: 'isolated page',
          include: ['test/browser/isolated/**/*.test.ts'],
        },
      },
    ],
  },
});
