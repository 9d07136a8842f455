import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import type { Job } from './jobs';
import type { Result } from './result';

/** Chromium with a page that runs jobs. */
export type Browser = {
  activate(backend: string): Promise<string | undefined>;
  run(job: Job): Promise<Result[]>;
  close(): Promise<void>;
};

type Bench = Pick<Browser, 'activate'> & { runJob(job: Job): Promise<Result[]> };

const root = fileURLToPath(new URL('..', import.meta.url));
const quiet = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'];
const software = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--use-webgpu-adapter=swiftshader'];

/**
 * Opens Chromium, with a software GPU unless `hardware`. The page is not cross-origin isolated, as most are not: tfjs's
 * wasm backend has one thread there.
 */
export async function openBrowser(hardware: boolean): Promise<Browser> {
  const packages = ['tfjs', 'tfjs-backend-wasm', 'tfjs-backend-webgpu'].map(name => `@tensorflow/${name}`);
  const server = await createServer({
    root,
    configFile: false,
    cacheDir: `${root}node_modules/.vite/bench`,
    logLevel: 'error',
    resolve: { alias: { 'tfjs-vae': `${root}src/index.ts` } },
    optimizeDeps: { entries: ['bench/page.html'], include: packages },
    server: { port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [...quiet, '--enable-unsafe-webgpu', ...(hardware ? [] : software)],
  });
  const page = await browser.newPage();
  await page.goto(`${server.resolvedUrls!.local[0]}bench/page.html`);
  await page.waitForFunction(() => 'bench' in window);
  const bench = () => (window as unknown as { bench: Bench }).bench;
  const handle = await page.evaluateHandle(bench);
  return {
    activate: backend => handle.evaluate((b, name) => b.activate(name), backend),
    run: job => handle.evaluate((b, job) => b.runJob(job), job),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
