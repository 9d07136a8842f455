import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Compiles assembly/kernels.ts to a module that imports tfjs's memory, and writes its bytes as a TypeScript file. With
 * `--check` it only tells whether that file is up to date.
 */
const target = 'src/backends/wasm/native-bytes.ts';
const folder = mkdtempSync(join(tmpdir(), 'build-wasm-'));
const module = join(folder, 'kernels.wasm');
const options = ['--runtime', 'stub', '--importMemory', '--noExportMemory', '--noAssert', '-O3', '--enable', 'simd'];
execFileSync('asc', ['assembly/kernels.ts', ...options, '-o', module], { stdio: 'inherit' });
const bytes = readFileSync(module);
rmSync(folder, { recursive: true });

const lines = bytes.toString('base64').match(/.{1,100}/g) ?? [];
const text = `/** Compiled from assembly/kernels.ts by scripts/build-wasm.ts: change it there. */
export const nativeBytes =
${lines.map(line => `  '${line}'`).join(' +\n')};
`;
if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
  console.log(`${target}: ${bytes.length} bytes`);
} else if (readFileSync(target, 'utf8') !== text) {
  console.error(`${target} is not what assembly/kernels.ts compiles to: run this script without --check`);
  process.exitCode = 1;
}
