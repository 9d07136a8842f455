import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { browserCache, type DatasetCache } from '../../src/datasets/cache';
import { fashionMnist, mnist } from '../../src/datasets/mnist';
import { idxBytes } from '../support/idx';

const pixels = (count: number) => Uint8Array.from({ length: count * 4 }, (_, i) => i);
const original = (): Record<string, Uint8Array> => ({
  'train-images-idx3-ubyte.gz': gzipSync(idxBytes([3, 2, 2], pixels(3))),
  'train-labels-idx1-ubyte.gz': gzipSync(idxBytes([3], [7, 0, 9])),
  't10k-images-idx3-ubyte.gz': gzipSync(idxBytes([2, 2, 2], pixels(2))),
  't10k-labels-idx1-ubyte.gz': gzipSync(idxBytes([2], [1, 2])),
});

let server: Server;
let baseUrl: string;
let files = original();
let asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const name = request.url!.slice('/data/'.length);
    asked.push(name);
    const file = files[name];
    response.writeHead(file ? 200 : 404).end(file);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/data/`;
});
afterAll(() => server.close());
beforeEach(() => {
  files = original();
  asked = [];
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function memoryCache(kept: Map<string, Uint8Array>): DatasetCache {
  return {
    get: async name => kept.get(name),
    set: async (name, bytes) => void kept.set(name, bytes),
  };
}

describe.each([
  ['mnist', mnist],
  ['fashionMnist', fashionMnist],
] as const)('%s', (owner, load) => {
  test('gives images and labels of both sets', async () => {
    const { train, test } = await load({ baseUrl });
    expect(train).toEqual({
      images: { values: pixels(3), shape: [3, 2, 2, 1], scale: 1 / 255 },
      labels: Uint8Array.from([7, 0, 9]),
    });
    expect(test.images.shape).toEqual([2, 2, 2, 1]);
    expect([...test.labels]).toEqual([1, 2]);
  });

  test('takes an address without its last slash, and servers that unpack', async () => {
    files['train-labels-idx1-ubyte.gz'] = idxBytes([3], [4, 5, 6]);
    const { train } = await load({ baseUrl: baseUrl.slice(0, -1) });
    expect([...train.labels]).toEqual([4, 5, 6]);
  });

  test('asks for each file once where there is a cache', async () => {
    const kept = new Map<string, Uint8Array>();
    const first = await load({ baseUrl, cache: memoryCache(kept) });
    expect(asked).toHaveLength(4);
    expect([...kept.keys()].sort()).toEqual(
      Object.keys(files)
        .map(name => `${owner}/${name}`)
        .sort(),
    );
    expect(await load({ baseUrl, cache: memoryCache(kept) })).toEqual(first);
    expect(asked).toHaveLength(4);
  });

  test('downloads again what the cache has lost or spoilt, and lives with a cache that fails', async () => {
    const name = `${owner}/train-labels-idx1-ubyte.gz`;
    const kept = new Map<string, Uint8Array>();
    await load({ baseUrl, cache: memoryCache(kept) });
    kept.set(name, kept.get(name)!.subarray(0, 12));
    await load({ baseUrl, cache: memoryCache(kept) });
    expect(asked).toHaveLength(5);
    expect(kept.get(name)).toEqual(new Uint8Array(files['train-labels-idx1-ubyte.gz']!));
    const fail = () => Promise.reject(new Error('disk full'));
    expect((await load({ baseUrl, cache: { get: fail, set: fail } })).train.labels).toHaveLength(3);
  });

  test('names the address and the status of a file that does not come', async () => {
    delete files['t10k-labels-idx1-ubyte.gz'];
    await expect(load({ baseUrl })).rejects.toThrow(
      `${owner}: ${baseUrl}t10k-labels-idx1-ubyte.gz did not come: HTTP 404 Not Found; give baseUrl the address of a mirror`,
    );
  });

  test('says why there is no connection', async () => {
    await expect(load({ baseUrl: 'http://127.0.0.1:1/' })).rejects.toThrow(
      new RegExp(`^${owner}: http://127.0.0.1:1/.* did not come: fetch failed \\(.+\\); give baseUrl`),
    );
  });

  test('names the address of what is not an idx file, and does not keep it', async () => {
    files['train-images-idx3-ubyte.gz'] = Buffer.from('<html>sign in</html>');
    const kept = new Map<string, Uint8Array>();
    await expect(load({ baseUrl, cache: memoryCache(kept) })).rejects.toThrow(
      `${owner}: what ${baseUrl}train-images-idx3-ubyte.gz sent is not an idx file: parseIdx: not an idx file`,
    );
    expect(kept.has(`${owner}/train-images-idx3-ubyte.gz`)).toBe(false);
  });

  test.each<[string, Uint8Array, string]>([
    ['train-labels-idx1-ubyte.gz', idxBytes([2], [1, 2]), 'expected a label for each of 3 images, got 2'],
    ['train-labels-idx1-ubyte.gz', idxBytes([1, 3], [1, 2, 3]), 'expected uint8 labels [count], got Uint8Array [1,3]'],
    ['train-images-idx3-ubyte.gz', idxBytes([3, 4], pixels(3)), 'expected uint8 images [count, height, width], got'],
  ])('refuses %s that does not fit', async (name, file, message) => {
    files[name] = file;
    await expect(load({ baseUrl })).rejects.toThrow(`${owner}: ${baseUrl}train-…: ${message}`);
  });
});

describe('downloads', () => {
  test('go through the fetch that is given, to a public address by default', async () => {
    const urls: string[] = [];
    const fetch = async (url: string) => {
      urls.push(url);
      return new Response(files[url.split('/').at(-1)!] as BodyInit);
    };
    await mnist({ fetch });
    await fashionMnist({ fetch });
    expect(urls[0]).toBe('https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz');
    expect(urls[4]).toMatch(/^https:\/\/.*\/train-images-idx3-ubyte\.gz$/);
    expect(asked).toHaveLength(0);
  });

  test('end when they are told to', async () => {
    await expect(mnist({ baseUrl, signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});

describe('browserCache', () => {
  test('is undefined where there is no Cache API', () => {
    vi.stubGlobal('caches', undefined);
    expect(browserCache()).toBeUndefined();
  });

  test('is used by default where there is one', async () => {
    const kept = new Map<string, Uint8Array>();
    const store = {
      match: async (key: string) => (kept.has(key) ? new Response(kept.get(key) as BodyInit) : undefined),
      put: async (key: string, response: Response) => void kept.set(key, new Uint8Array(await response.arrayBuffer())),
    };
    vi.stubGlobal('caches', { open: async () => store });
    const first = await mnist({ baseUrl });
    expect(kept.size).toBe(4);
    expect(await mnist({ baseUrl })).toEqual(first);
    expect(asked).toHaveLength(4);
    await mnist({ baseUrl, cache: null });
    expect(asked).toHaveLength(8);
  });
});
