// The page that is closed: scripts/kill/in-browser.ts opens it. A run is one IndexedDB store, named by its seed.
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { indexedDbStore } from '../../src/io/indexed-db-store';
import { type Findings, inspect } from './inspect';
import { type Outcome, trainSubject } from './subject';

/** What the page can do, and how far it is. */
export type KillPage = {
  state: { began: boolean; over: boolean };
  train(seed: number, backend: string, saves: boolean): Promise<Outcome>;
  inspect(seed: number, kept: number): Promise<Findings>;
};

setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
tf.enableProdMode();

const storeOf = (seed: number) => indexedDbStore(`kill ${seed}`);
const state = { began: false, over: false };
const page: KillPage = {
  state,
  async train(seed, backend, saves) {
    if (!(await tf.setBackend(backend))) throw new Error(`backend ${backend} does not load`);
    const started = () => {
      state.began = true;
    };
    const outcome = await trainSubject(seed, saves ? storeOf(seed) : undefined, { started });
    state.over = true;
    return outcome;
  },
  async inspect(seed, kept) {
    const store = storeOf(seed);
    return inspect(store, await store.list(), kept);
  },
};
Object.assign(window, { kill: page });
