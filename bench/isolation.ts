import type { Browser } from './browser';
import { medians, ratio, type Times } from './measure';
import type { Plan } from './plans';
import type { Result } from './result';

/** The library step on wasm in two pages of one browser, in turns; one of them is cross-origin isolated. */
export async function benchmarkIsolation(browser: Browser, plans: readonly Plan[], rounds: number): Promise<Result[]> {
  const pages = { 'plain page': browser, 'isolated page': await browser.isolated() };
  const device = await Promise.all(Object.values(pages).map(page => page.activate('wasm')));
  const results: Result[] = [];
  for (const plan of plans) {
    const times: Times = new Map(Object.keys(pages).map(name => [name, []]));
    for (let round = -1; round < rounds; round++) {
      for (const [name, page] of Object.entries(pages)) {
        const time = await page.pace(plan);
        if (round >= 0) times.get(name)!.push(time);
      }
    }
    results.push({
      kind: 'isolation',
      title: `${plan.network}, library step on wasm in a page with one thread and in an isolated one`,
      unit: `ms per step, median of ${rounds} rounds of ${plan.batches * plan.epochs} steps`,
      values: medians(times, 1),
      ratios: { 'isolated page / plain page': ratio(times, 'isolated page', 'plain page') },
      where: 'Chromium',
      backend: 'wasm',
      device: device.join(' and '),
    });
  }
  return results;
}
