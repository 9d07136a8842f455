import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'tfjs-vae-demo-'));
afterAll(() => rmSync(out, { recursive: true }));

const command = ['--import', 'tsx', 'examples/quick-start/demo.ts', '--out', out];

function demo(...flags: string[]) {
  return spawnSync(process.execPath, [...command, ...flags], { cwd: root, encoding: 'utf8', timeout: 60_000 });
}

describe('the demo', () => {
  test.each([
    ['an unknown flag', ['--epoch', '3'], 'unknown flag --epoch; see --help'],
    ['a wrong value', ['--beta', 'four'], '--beta must be a number of 0 or more, got "four"'],
    ['a folder that is not there', ['--data', 'no/such'], '--data: cannot read the folder no/such: it does not exist'],
    [
      'a folder for results that is a file',
      ['--out', 'package.json'],
      /^--out: cannot make the folder package\.json: /,
    ],
  ])('ends on %s with one line and exit code 2', (_, flags, message) => {
    const { status, stdout, stderr } = demo(...flags);
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  test('ends on a damaged file with one line and exit code 2', () => {
    const folder = mkdtempSync(join(out, 'damaged-'));
    writeFileSync(join(folder, 'images-idx3-ubyte.gz'), 'not gzip');
    const { status, stderr } = demo('--data', folder);
    expect(stderr).toMatch(/^--data: cannot read .*images-idx3-ubyte\.gz: .*\n$/);
    expect(status).toBe(2);
  });

  test('explains itself with --help', () => {
    const { status, stdout, stderr } = demo('--help');
    expect(stdout).toMatch(/Usage: npm run demo -- \[flags\]/);
    for (const flag of ['data', 'dataset', 'epochs', 'latent-dim', 'beta', 'model', 'backend', 'seed', 'out']) {
      expect(stdout).toContain(`--${flag} `);
    }
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('leaves its pictures and numbers, the same for the same seed', () => {
    const results = [1, 2].map(run => {
      const folder = join(out, `run${run}`);
      const { status, stdout } = demo('--epochs', '1', '--count', '200', '--seed', '5', '--out', folder);
      expect(status).toBe(0);
      for (const file of readdirSync(folder)) expect(stdout).toContain(file);
      const { seconds, config, ...metrics } = JSON.parse(readFileSync(join(folder, 'metrics.json'), 'utf8'));
      return { files: readdirSync(folder).sort(), seconds, config, metrics };
    });
    expect(results[0]!.files).toEqual([
      'curves.png',
      'latent-grid.png',
      'latent-scatter.png',
      'latent-traversal.png',
      'metrics.json',
      'reconstructions.png',
      'samples.png',
    ]);
    const { metrics, config, seconds } = results[0]!;
    expect(config).toMatchObject({ epochs: 1, latentDim: 10, beta: 1, model: 'mlp', seed: 5 });
    expect(metrics).toMatchObject({ seed: 5, backend: { name: 'wasm' }, epochs: 1, steps: 4, interrupted: false });
    expect(metrics.test.elbo).toBeCloseTo(-metrics.test.reconstruction - metrics.test.kl, 3);
    expect(metrics.history.loss).toHaveLength(1);
    expect(seconds).toBeGreaterThan(0);
    expect(results[1]!.metrics).toEqual(metrics);
  });

  test('draws with what it has learned so far when it is interrupted', async () => {
    const folder = join(out, 'interrupted');
    const flags = ['--epochs', '100000', '--count', '200', '--out', folder];
    const child = spawn(process.execPath, [...command, ...flags], { cwd: root, timeout: 60_000 });
    let errors = '';
    child.stderr.on('data', chunk => {
      // After the first epoch, so that there is a curve.
      if (errors === '') child.kill('SIGINT');
      errors += chunk;
    });
    const status = await new Promise(resolve => child.on('close', resolve));
    expect(status).toBe(0);
    expect(errors).toContain('Ctrl-C once more to quit');
    expect(readdirSync(folder)).toHaveLength(7);
    const { interrupted, epochs } = JSON.parse(readFileSync(join(folder, 'metrics.json'), 'utf8'));
    expect(interrupted).toBe(true);
    expect(epochs).toBeLessThan(100);
  });
});
