/**
 * Where downloaded files are kept: `fileCache(dir)` of `tfjs-vae/node`, `browserCache()`, or an object of your own.
 *
 * A name is, for example, `mnist/train-images-idx3-ubyte.gz`; the bytes are the file as it came.
 */
export type DatasetCache = {
  /** The file, or undefined where it is not kept. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Keeps a file. */
  set(name: string, bytes: Uint8Array): Promise<void>;
};

/** The store's name in the browser's Cache API. */
const STORE = 'tfjs-vae-datasets';

/**
 * A cache in the browser's Cache API, which outlives the page.
 *
 * @returns `undefined` where there is no Cache API: in Node, and in pages that are not served securely.
 * @example
 * ```ts
 * const data = await mnist({ cache: browserCache() }); // what mnist() does by itself in a browser
 * ```
 */
export function browserCache(): DatasetCache | undefined {
  const caches = globalThis.caches as CacheStorage | undefined;
  if (!caches) return undefined;
  // The keys of the Cache API are addresses.
  const address = (name: string) => `https://tfjs-vae.invalid/${name}`;
  return {
    async get(name) {
      const found = await (await caches.open(STORE)).match(address(name));
      return found && new Uint8Array(await found.arrayBuffer());
    },
    async set(name, bytes) {
      await (await caches.open(STORE)).put(address(name), new Response(bytes as BodyInit));
    },
  };
}
