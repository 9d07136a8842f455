import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { createServer, type Plugin } from 'vite';
import type { Job } from './jobs';
import type { Plan } from './plans';
import type { Result } from './result';

/** Chromium with a page that runs jobs. */
export type Browser = {
  activate(backend: string): Promise<string | undefined>;
  run(job: Job): Promise<Result[]>;
  /** Milliseconds of a library step, in one round. */
  pace(plan: Plan): Promise<number>;
  /** A page that is cross-origin isolated, in the same browser. */
  isolated(): Promise<Pick<Browser, 'activate' | 'pace'>>;
  close(): Promise<void>;
};

type Bench = Pick<Browser, 'activate' | 'pace'> & { runJob(job: Job): Promise<Result[]> };

const root = fileURLToPath(new URL('..', import.meta.url));
const quiet = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'];
const software = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--use-webgpu-adapter=swiftshader'];

/**
 * Opens Chromium, with a software GPU unless `hardware`. Its page is not cross-origin isolated, as most are not: tfjs's
 * wasm backend has one thread there. `isolated` opens one that is.
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
    plugins: [isolation],
  });
  await server.listen();
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [...quiet, '--enable-unsafe-webgpu', ...(hardware ? [] : software)],
  });
  const open = async (query: string) => {
    const page = await browser.newPage();
    await page.goto(`${server.resolvedUrls!.local[0]}bench/page.html${query}`);
    await page.waitForFunction(() => 'bench' in window);
    const handle = await page.evaluateHandle(() => (window as unknown as { bench: Bench }).bench);
    return {
      activate: (backend: string) => handle.evaluate((b, name) => b.activate(name), backend),
      pace: (plan: Plan) => handle.evaluate((b, plan) => b.pace(plan), plan),
      run: (job: Job) => handle.evaluate((b, job) => b.runJob(job), job),
    };
  };
  return {
    ...(await open('')),
    isolated: () => open('?isolated'),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** Headers by which a page is isolated; what it loads has to agree, and so have the workers of tfjs's threads. */
const isolation: Plugin = {
  name: 'isolation',
  configureServer(server) {
    server.middlewares.use((request, response, next) => {
      const isPage = request.url!.includes('page.html');
      if (request.url!.includes('?isolated')) response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      if (!isPage || request.url!.includes('?isolated')) {
        response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      }
      next();
    });
  },
};
