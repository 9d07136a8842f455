import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const inPackage = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

// In the repository the names lead to the sources; a project of yours needs no alias.
const isRepository = existsSync(inPackage('src'));

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  resolve: {
    alias: !isRepository
      ? []
      : [
          { find: /^tfjs-vae\/web$/, replacement: inPackage('src/web/index.ts') },
          { find: /^tfjs-vae$/, replacement: inPackage('src/index.ts') },
        ],
  },
  server: { fs: { allow: [inPackage('.')] } },
  optimizeDeps: {
    include: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu'],
  },
  worker: { format: 'es' },
  build: { outDir: inPackage('out/worker'), emptyOutDir: true, target: 'es2022' },
});
