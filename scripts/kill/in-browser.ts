import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { JSHandle, Page } from 'playwright';
import { createServer, type ViteDevServer } from 'vite';
import { startChromium } from './chromium';
import type { KillPage } from './page';
import type { Life, Place, Random } from './run';
import { KEPT } from './subject';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TRAIN_MS = 1500;

type Opened = { page: Page; run: JSHandle<KillPage> };

/** Pages of Chromium, which are closed; each third time the whole browser is killed. They share one profile. */
export async function inBrowser(): Promise<Place & { close(): Promise<void> }> {
  const profile = mkdtempSync(join(tmpdir(), 'kill-profile-'));
  const server = await serve();
  let browser = await startChromium(profile);
  let kills = 0;

  async function open(): Promise<Opened> {
    const page = await browser.context.newPage();
    await page.goto(`${server.resolvedUrls!.local[0]}scripts/kill/page.html`);
    await page.waitForFunction(() => 'kill' in window);
    return { page, run: await page.evaluateHandle(() => (window as unknown as { kill: KillPage }).kill) };
  }

  async function within<T>(work: (run: JSHandle<KillPage>) => Promise<T>): Promise<T> {
    const { page, run } = await open();
    try {
      return await work(run);
    } finally {
      await page.close();
    }
  }

  /** Takes the page, or everything, away without a word to what runs there. */
  async function kill(page: Page): Promise<string> {
    if (++kills % 3 > 0) {
      await page.close();
      return 'page closed';
    }
    await browser.kill();
    browser = await startChromium(profile);
    return 'browser killed';
  }

  async function live(seed: number, backend: string, random: Random | undefined): Promise<Life> {
    const { page, run } = await open();
    const ended = run
      .evaluate((r, [seed, backend]) => r.train(seed, backend, true), [seed, backend] as const)
      .catch((error: Error) => error); // a page that is gone does not answer
    if (random) {
      const [isEarly, delay] = [random(6) === 0, random(TRAIN_MS)];
      if (isEarly) await sleep(delay / 4);
      else {
        await page.waitForFunction(r => r.state.began || r.state.over, run);
        await Promise.race([ended, sleep(delay)]);
      }
      if (!(await run.evaluate(r => r.state.over))) return { killed: await kill(page) };
    }
    const outcome = await ended;
    if (outcome instanceof Error) throw outcome;
    await page.close();
    return { outcome };
  }

  return {
    name: 'chromium',
    live,
    unbroken: (seed, backend) =>
      within(run => run.evaluate((r, [seed, backend]) => r.train(seed, backend, false), [seed, backend] as const)),
    inspect: (seed, fresh) =>
      within(run => run.evaluate((r, [seed, kept]) => r.inspect(seed, kept), [seed, KEPT + (fresh ? 1 : 0)] as const)),
    forget: async () => {}, // the profile goes with everything
    async close() {
      await browser.kill();
      await server.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function serve(): Promise<ViteDevServer> {
  const packages = ['tfjs', 'tfjs-backend-wasm'].map(name => `@tensorflow/${name}`);
  const server = await createServer({
    root: ROOT,
    configFile: false,
    cacheDir: `${ROOT}node_modules/.vite/kill`,
    logLevel: 'error',
    optimizeDeps: { entries: ['scripts/kill/page.html'], include: packages },
    server: { port: 0, hmr: false, watch: null },
  });
  return server.listen();
}
