/**
 * A page that trains a VAE in a Web Worker: live curve, samples, stop and resume, also after the tab was closed.
 *
 * `npx vite examples/worker`, then open the address that it prints. The worker is in worker.ts.
 */
import { type History, indexedDbStore } from 'tfjs-vae';
import { drawPicture, type TrainingLogs, trainInWorker } from 'tfjs-vae/web';
import { drawCurve, type Point } from './curve';
import type { Config } from './worker';

const RUN = { epochs: 100, count: 2700, batchSize: 64, store: 'worker example' };
const STEPS_PER_EPOCH = Math.ceil(RUN.count / RUN.batchSize);

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const [train, stop, resume] = ['train', 'stop', 'resume'].map(id => element<HTMLButtonElement>(id)) as [
  HTMLButtonElement,
  HTMLButtonElement,
  HTMLButtonElement,
];
const backend = element<HTMLSelectElement>('backend');
const show = (id: string, text: string) => {
  element(id).textContent = text;
};

const batches: Point[] = [];
const epochs: Point[] = [];
let curveIsOld = true;

train.onclick = async () => {
  const store = indexedDbStore(RUN.store);
  for (const name of await store.list()) await store.remove(name);
  batches.length = 0;
  epochs.length = 0;
  await run();
};
resume.onclick = () => run();

async function run(): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const config: Config = { ...RUN, backend: backend.value };
  setRunning(true);
  say('starting …');
  const training = trainInWorker(worker, {
    config,
    onResumed: ({ steps, damaged, history }) => {
      forgetAfter(steps, history);
      say(`goes on from step ${steps}${damaged.map(({ name }) => `, ${name} is damaged`).join('')}`);
    },
    onLogs: entry => {
      if (element('status').textContent === 'starting …') say('training');
      heard(entry);
    },
    onPicture: picture => {
      drawPicture(element<HTMLCanvasElement>('samples'), picture);
      show('picture-steps', `the same 36 latent vectors, after ${picture.steps.toLocaleString('en')} steps`);
    },
    onCheckpoint: ({ steps }) => show('checkpoint', `step ${steps.toLocaleString('en')}`),
  });
  stop.onclick = () => {
    stop.disabled = true;
    say('stopping …');
    void training.stop();
  };
  try {
    const { epoch } = await training.done;
    say(epoch.length < RUN.epochs ? 'stopped' : 'done');
  } catch (error) {
    say((error as Error).message, true);
  }
  worker.terminate();
  await offerResume();
  setRunning(false);
}

function heard({ of, epoch, steps, logs }: TrainingLogs): void {
  show('epoch', `${epoch + 1} of ${RUN.epochs}`);
  show('steps', steps.toLocaleString('en'));
  if (of === 'batch') batches.push({ steps, value: -logs['elbo']! });
  else {
    const value = -logs['val_elbo']!;
    epochs.push({ steps, value });
    show('elbo', value.toFixed(1));
  }
  curveIsOld = true;
}

/** What came after the checkpoint comes again; a page that was opened anew has the epochs before it to show. */
function forgetAfter(last: number, { epoch, history }: History): void {
  const isNew = batches.length === 0;
  const means = (key: string) => epoch.map(e => ({ steps: STEPS_PER_EPOCH * (e + 1), value: -history[key]![e]! }));
  batches.splice(0, Infinity, ...(isNew ? means('elbo') : batches.filter(({ steps }) => steps <= last)));
  epochs.splice(0, Infinity, ...means('val_elbo'));
}

function setRunning(running: boolean): void {
  train.disabled = running;
  stop.disabled = !running;
  backend.disabled = running;
  if (running) resume.disabled = true;
}

/** Notes that there is a checkpoint, of this visit or an earlier one. */
async function offerResume(): Promise<void> {
  const names = await indexedDbStore(RUN.store).list();
  resume.disabled = names.length === 0;
}

function say(text: string, wrong = false): void {
  show('status', text);
  element('status').classList.toggle('wrong', wrong);
}

/** Draws once a frame at most, and counts the frames: they go on while the worker trains. */
function everyFrame(): void {
  frames++;
  const elapsed = performance.now() - since;
  if (elapsed > 1000) {
    show('frames', ((1000 * frames) / elapsed).toFixed(0));
    [since, frames] = [performance.now(), 0];
  }
  if (curveIsOld) drawCurve(element<HTMLCanvasElement>('curve'), batches, epochs);
  curveIsOld = false;
  requestAnimationFrame(everyFrame);
}

let [since, frames] = [performance.now(), 0];
addEventListener('resize', () => {
  curveIsOld = true;
});
requestAnimationFrame(everyFrame);
await offerResume();
