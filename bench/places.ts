import { activate } from './backends';
import type { Browser } from './browser';
import { type Job, runJob } from './jobs';
import { peersWith } from './peers';
import type { plans } from './plans';
import type { Result } from './result';
import type { Torch } from './torch';

/** Where jobs run. */
export type Place = {
  name: 'Node' | 'Chromium';
  plans: keyof typeof plans;
  /** Makes a backend the active one. What its device is called; nothing where the backend is absent. */
  activate(backend: string): Promise<string | undefined>;
  run(job: Job): Promise<Result[]>;
  close(): Promise<void>;
};

export function inNode(torch: Torch | undefined): Place {
  const peers = peersWith(torch);
  return {
    name: 'Node',
    plans: 'node',
    activate: async backend => ((await activate(backend)) ? '' : undefined),
    run: job => runJob(job, peers),
    close: async () => torch?.stop(),
  };
}

export function inChromium(browser: Browser, hardware: boolean): Place {
  return { name: 'Chromium', plans: hardware ? 'hardware' : 'chromium', ...browser };
}
