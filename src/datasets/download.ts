import type { ArrayField } from '../data/array-field';
import { readIdx } from '../data/idx';
import type { DatasetCache } from './cache';

/** Where a data set is downloaded from and kept. */
export type DownloadOptions = {
  /** Address of the folder that holds the files. */
  baseUrl?: string;
  /** What downloads; the platform's `fetch` unless given. */
  fetch?: (url: string, init?: { signal?: AbortSignal }) => Promise<Response>;
  /** Where downloaded files are kept; the browser's Cache API where there is one, nowhere if `null`. */
  cache?: DatasetCache | null | undefined;
  /** Ends the download. */
  signal?: AbortSignal;
};

type Source = { owner: string; name: string; url: string };

/** An idx file from the cache, or else from its address; a downloaded file is kept once it could be read. */
export async function loadIdx(source: Source, options: DownloadOptions): Promise<ArrayField> {
  const { name, owner, url } = source;
  const kept = await ignoreFailure(options.cache?.get(name));
  const idx = kept && (await ignoreFailure(readIdx(kept)));
  if (idx) return idx;
  const bytes = await download(source, options);
  const fresh = await readIdx(bytes).catch(cause => {
    throw new Error(`${owner}: what ${url} sent is not an idx file: ${message(cause)}`, { cause });
  });
  await ignoreFailure(options.cache?.set(name, bytes));
  return fresh;
}

async function download({ owner, url }: Source, options: DownloadOptions): Promise<Uint8Array> {
  const { fetch = globalThis.fetch, signal } = options;
  const mend = 'give baseUrl the address of a mirror, or read the files from a folder';
  try {
    const response = await fetch(url, signal ? { signal } : {});
    if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`.trim());
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    signal?.throwIfAborted();
    throw new Error(`${owner}: ${url} did not come: ${message(cause)}; ${mend}`, { cause });
  }
}

/** A cache that is full, locked or damaged costs a download but does not end the run. */
async function ignoreFailure<T>(promise: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await promise;
  } catch {
    return undefined;
  }
}

/** `fetch` says only "fetch failed"; why is in its cause. */
function message(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
