import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright';
import { build, preview } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { CHROMIUM, FLAGS } from '../browser/chromium';
import { root } from './run';

/** The pages of the guides, from the packed tarball, in Chromium. */
const project = inject('project');
const CDN = 'https://cdn.jsdelivr.net/npm/';

let browser: Browser;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(() => browser?.close());

/** The code of a guide, by its first line, with fewer examples: the GPU here is made of software. */
async function codeOf(guide: string, firstLine: string): Promise<string> {
  const text = await readFile(`${root}docs/${guide}.md`, 'utf8');
  const found = [...text.matchAll(/^```(?:ts no-run|js|html)\n(.*?)^```$/gms)].map(match => match[1]!);
  const code = found.filter(block => block.startsWith(`${firstLine}\n`));
  expect(code, `${firstLine} in ${guide}`).toHaveLength(1);
  return code[0]!.replace('count: 2000', 'count: 96');
}

/** A folder in the user's project with such files; imports find the installed packages. */
async function folder(name: string, files: Record<string, string>): Promise<string> {
  const path = join(project, name);
  await mkdir(path);
  for (const [file, text] of Object.entries(files)) await writeFile(join(path, file), text);
  return path;
}

/** Serves files as they are, and opens one. */
async function open(outDir: string, path: string): Promise<{ page: Page; errors: string[]; requests: string[] }> {
  const server = await preview({ configFile: false, logLevel: 'silent', build: { outDir }, preview: { port: 0 } });
  const page = await browser.newPage();
  closing.push(
    () => page.close(),
    () => server.close(),
  );
  const errors: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', error => errors.push(String(error)));
  page.on('request', request => requests.push(request.url()));
  await page.goto(new URL(path, server.resolvedUrls!.local[0]).href, { waitUntil: 'commit' });
  return { page, errors, requests };
}

const shown = (page: Page, text: string) =>
  page.waitForFunction(word => document.body.innerText.includes(word), text, { timeout: 120_000 });

/** Until some pixels of the canvas are dark and some are bright. */
const drawn = (page: Page) =>
  page.waitForFunction(() => {
    const canvas = document.querySelector('canvas')!;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    const reds = data.filter((_, i) => i % 4 === 0);
    return Math.max(...reds) - Math.min(...reds) > 50;
  });

describe('a new Vite project', () => {
  beforeAll(async () => {
    await symlink(`${root}node_modules/vite`, join(project, 'node_modules/vite'));
  });

  test('with the worker of the guide builds, trains, draws and stops', async () => {
    const path = await folder('worker', {
      'worker.ts': await codeOf('long-runs', '// worker.ts'),
      'page.ts': await codeOf('long-runs', '// page.ts'),
      'index.html': await codeOf('long-runs', '<!-- index.html -->'),
      'vite.config.js': await codeOf('long-runs', '// vite.config.js'),
    });
    await build({ root: path, logLevel: 'error' });
    const { page, errors } = await open(join(path, 'dist'), 'index.html');
    await shown(page, 'epoch 0:');
    await drawn(page);
    await page.click('button');
    await shown(page, 'trained for');
    const text = await page.innerText('body');
    expect(Number(/trained for (\d+) epochs/.exec(text)![1])).toBeLessThan(50);
    expect(errors).toEqual([]);
  });

  test('on wasm builds, finds its binaries and trains', async () => {
    const path = await folder('wasm', {
      'main.ts': await codeOf('browser', '// main.ts'),
      'index.html': '<!doctype html><canvas></canvas><script type="module" src="./main.ts"></script>',
    });
    await build({ root: path, logLevel: 'error' });
    const { page, errors, requests } = await open(join(path, 'dist'), 'index.html');
    await shown(page, 'epoch 4:');
    await drawn(page);
    const [first, last] = [...(await page.innerText('body')).matchAll(/epoch [04]: ([\d.]+)/g)].map(m => Number(m[1]));
    expect(last).toBeLessThan(first!);
    expect(requests.some(url => /tfjs-backend-wasm-simd-[^/]*\.wasm$/.test(url))).toBe(true);
    expect(errors).toEqual([]);
  });
});

test('a page with an import map trains, from three requests', async () => {
  const html = await codeOf('browser', '<!doctype html>');
  const addresses = [...html.matchAll(/https:\/\/cdn[^"]*/g)].map(match => match[0]);
  const versions = { 'tfjs-vae': manifest.version, ...manifest.devDependencies };
  for (const address of addresses) {
    const [, name, version] = /npm\/((?:@[^/]+\/)?[^@/]+)@([^/]+)\//.exec(address)!;
    expect(version, address).toBe(versions[name as keyof typeof versions]);
  }
  // The same files from the user's node_modules.
  const local = html.replaceAll(new RegExp(`${CDN}((?:@[^/]+/)?[^@/]+)@[^/]+/`, 'g'), '/node_modules/$1/');
  expect(local).not.toContain('https:');
  await writeFile(join(project, 'import-map.html'), local);
  const { page, errors, requests } = await open(project, 'import-map.html');
  await shown(page, 'done');
  const [first, last] = [...(await page.innerText('pre')).matchAll(/epoch [04]: ([\d.]+)/g)].map(m => Number(m[1]));
  expect(last).toBeLessThan(first!);
  await drawn(page);
  expect(requests.map(url => new URL(url).pathname).filter(path => path !== '/favicon.ico')).toEqual([
    '/import-map.html',
    '/node_modules/@tensorflow/tfjs/dist/tf.fesm.min.js',
    '/node_modules/tfjs-vae/dist/tfjs-vae.min.js',
  ]);
  expect(errors).toEqual([]);
});
