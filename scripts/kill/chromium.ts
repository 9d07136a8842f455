import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type BrowserContext, chromium } from 'playwright';

const PROGRAM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const FLAGS = [
  ...['--headless=new', '--no-sandbox', '--no-first-run', '--disable-gpu', '--remote-debugging-port=0'],
  ...['--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** Chromium with a profile that stays, started by us so that it can be killed. */
export type Chromium = {
  context: BrowserContext;
  /** SIGKILL to all of its processes. */
  kill(): Promise<void>;
};

export async function startChromium(profile: string): Promise<Chromium> {
  // Its processes are a group of their own.
  const child = spawn(PROGRAM, [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const browser = await chromium.connectOverCDP(await addressOf(child));
  return {
    context: browser.contexts()[0]!,
    async kill() {
      const gone = new Promise(resolve => child.once('close', resolve));
      process.kill(-child.pid!, 'SIGKILL');
      await gone;
    },
  };
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stderr! }).on('line', line => {
      const found = /DevTools listening on (ws:\S+)/.exec(line);
      if (found) resolve(found[1]!);
    });
    child.on('error', reject);
    child.on('exit', code => reject(new Error(`${PROGRAM} ended with ${code}`)));
  });
}
