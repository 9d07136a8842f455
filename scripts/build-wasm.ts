import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Compiles assembly/kernels.ts to modules that import tfjs's memory, one with relaxed SIMD and one without, and writes
 * the bytes of each as a TypeScript file. With `--check` it only tells whether those files are up to date.
 */
const targets = [
  { path: 'src/backends/wasm/simd-bytes.ts', name: 'simdBytes', features: ['simd'] },
  { path: 'src/backends/wasm/relaxed-bytes.ts', name: 'relaxedBytes', features: ['simd', 'relaxed-simd'] },
];
const options = ['--runtime', 'stub', '--importMemory', '--noExportMemory', '--noAssert', '-O3'];
const folder = mkdtempSync(join(tmpdir(), 'build-wasm-'));
const module = join(folder, 'kernels.wasm');
for (const { path, name, features } of targets) {
  const enabled = features.flatMap(feature => ['--enable', feature]);
  execFileSync('asc', ['assembly/kernels.ts', ...options, ...enabled, '-o', module], { stdio: 'inherit' });
  const bytes = readFileSync(module);
  const lines = bytes.toString('base64').match(/.{1,100}/g) ?? [];
  const text = `/** Compiled from assembly/kernels.ts by scripts/build-wasm.ts: change it there. */
export const ${name} =
${lines.map(line => `  '${line}'`).join(' +\n')};
`;
  if (!process.argv.includes('--check')) {
    writeFileSync(path, text);
    console.log(`${path}: ${bytes.length} bytes`);
  } else if (readFileSync(path, 'utf8') !== text) {
    console.error(`${path} is not what assembly/kernels.ts compiles to: run this script without --check`);
    process.exitCode = 1;
  }
}
rmSync(folder, { recursive: true });
