import { describe, expect, test } from 'vitest';
import { rawRows } from '../../src/data/raw-rows';
import { urlBytes } from '../../src/data/url-bytes';
import { type Answer, closeServers, ranges, serve } from '../support/range-server';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections';

const file = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 256);

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    error => (error as Error).message,
  );

closeServers();
expectNoUnhandledRejections();

describe('urlBytes', () => {
  test('reads any part, one request for each, and knows size and name', async () => {
    const { url, requests } = await serve(ranges(file, { ETag: '"1"' }));
    const bytes = await urlBytes(`${url}?token=secret#part`);
    expect(bytes.size).toBe(1000);
    expect(bytes.name).toBe(url);
    for (const [offset, length] of [
      [0, 1],
      [17, 400],
      [999, 1],
      [0, 1000],
    ] as const) {
      expect(await bytes.read(offset, length)).toEqual(file.subarray(offset, offset + length));
    }
    expect(requests.map(({ headers }) => headers.range)).toEqual([
      'bytes=0-0',
      'bytes=0-0',
      'bytes=17-416',
      'bytes=999-999',
      'bytes=0-999',
    ]);
    expect(requests[1]!.url).toBe('/rows?token=secret');
  });

  test('gives fewer bytes only where the file ends, and asks for none that are not there', async () => {
    const { url, requests } = await serve(ranges(file));
    const bytes = await urlBytes(new URL(url));
    expect(await bytes.read(990, 100)).toEqual(file.subarray(990));
    expect((await bytes.read(1000, 5)).length).toBe(0);
    expect((await bytes.read(3, 0)).length).toBe(0);
    expect(requests.length).toBe(2);
  });

  test('several reads at a time, and a reader over it', async () => {
    const { url } = await serve(ranges(file));
    const bytes = await urlBytes(url);
    const parts = await Promise.all([0, 1, 2, 3].map(i => bytes.read(250 * i, 250)));
    expect(parts.flatMap(part => [...part])).toEqual([...file]);
    const reader = rawRows(bytes, { shape: [10], dtype: 'uint8' });
    const { x } = await reader.read(Uint32Array.of(99, 0, 50));
    expect([...x.values]).toEqual([...file.subarray(990), ...file.subarray(0, 10), ...file.subarray(500, 510)]);
  });

  test('an empty file has no bytes', async () => {
    const { url } = await serve(ranges(new Uint8Array()));
    const bytes = await urlBytes(url);
    expect(bytes.size).toBe(0);
    expect((await bytes.read(0, 10)).length).toBe(0);
  });

  test('headers go along; Range is not theirs to set', async () => {
    const { url, requests } = await serve(ranges(file));
    const bytes = await urlBytes(url, { headers: { Authorization: 'Bearer 1' } });
    await bytes.read(1, 2);
    expect(requests.map(({ headers }) => [headers.authorization, headers.range])).toEqual([
      ['Bearer 1', 'bytes=0-0'],
      ['Bearer 1', 'bytes=1-2'],
    ]);
    expect(await failure(urlBytes(url, { headers: { range: 'bytes=0-9' } }))).toBe(
      'urlBytes: headers must not hold range, which each read sets',
    );
  });

  test('fetch replaces what asks', async () => {
    const { url } = await serve((_, response) => response.writeHead(503).end(), ranges(file));
    expect(await failure(urlBytes(url))).toBe(`urlBytes: ${url}: HTTP 503 Service Unavailable`);
    const { url: busy } = await serve((_, response) => response.writeHead(503).end(), ranges(file));
    const again = async (address: string, init: RequestInit) => {
      const response = await fetch(address, init);
      return response.status === 503 ? fetch(address, init) : response;
    };
    expect((await urlBytes(busy, { fetch: again })).size).toBe(1000);
  });
});

describe('urlBytes refuses', () => {
  test('a server without ranges, before the file has come', async () => {
    let sent = 0;
    const whole: Answer = (_, response) => {
      response.writeHead(200, { 'Content-Length': 2 ** 30 });
      const chunk = Buffer.alloc(2 ** 16);
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      };
      response.on('drain', more);
      more();
    };
    const { url } = await serve(whole);
    expect(await failure(urlBytes(url))).toBe(
      `urlBytes: ${url}: the server has no ranges: asked for a part, it sends the whole file (HTTP 200); serve the file by one that has, or download it first`,
    );
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(sent).toBeLessThan(2 ** 26);
  });

  test('what is not there, and a server that is not there', async () => {
    const { url } = await serve((_, response) => response.writeHead(404).end('none'));
    expect(await failure(urlBytes(url))).toBe(`urlBytes: ${url}: HTTP 404 Not Found`);
    expect(await failure(urlBytes('http://127.0.0.1:9/rows'))).toMatch(
      /^urlBytes: http:\/\/127\.0\.0\.1:9\/rows did not come: /,
    );
    expect(await failure(urlBytes('rows.raw'))).toMatch(/^urlBytes: rows\.raw did not come: .*rows\.raw/);
  });

  test('an unknown length, and an answer without or with a strange Content-Range', async () => {
    const answer =
      (range?: string): Answer =>
      (_, response) =>
        void response.writeHead(206, range === undefined ? {} : { 'Content-Range': range }).end('x');
    const opened = async (range?: string) => {
      const { url } = await serve(answer(range));
      return (await failure(urlBytes(url))).replace(url, 'URL');
    };
    expect(await opened('bytes 0-0/*')).toBe(
      'urlBytes: URL: the server does not know the length of the file (Content-Range: bytes 0-0/*)',
    );
    expect(await opened()).toBe(
      'urlBytes: URL: the answer does not say which range it holds; a server of another origin has to send Access-Control-Expose-Headers: Content-Range, ETag',
    );
    expect(await opened('rows 0-0/4')).toBe('urlBytes: URL: the range cannot be read (Content-Range: rows 0-0/4)');
  });

  test.each<[string, Answer, Answer, string]>([
    ['ETag', ranges(file, { ETag: '"1"' }), ranges(file, { ETag: '"2"' }), 'its ETag was "1" and is "2"'],
    [
      'date',
      ranges(file, { 'Last-Modified': 'Sat, 21 Nov 2026 20:00:00 GMT' }),
      ranges(file, { 'Last-Modified': 'Sat, 21 Nov 2026 21:00:00 GMT' }),
      'Last-Modified was Sat, 21 Nov 2026 20:00:00 GMT and is Sat, 21 Nov 2026 21:00:00 GMT',
    ],
    ['size', ranges(file), ranges(file.slice(1)), 'its size was 1000 and is 999'],
    [
      'size, so that nothing of the range is left',
      ranges(file),
      ranges(file.slice(990)),
      'its size was 1000 and is 10',
    ],
  ])('a file that has changed between two reads, by its %s', async (_, before, after, what) => {
    const { url } = await serve(before, before, after);
    const bytes = await urlBytes(url);
    await bytes.read(100, 10);
    expect(await failure(bytes.read(100, 10))).toBe(
      `urlBytes: ${url} has changed since it was opened: ${what}; open it again`,
    );
  });

  test('the same ETag with another date is the same file', async () => {
    const at = (hour: number) => ranges(file, { ETag: '"1"', 'Last-Modified': `Sat, 21 Nov 2026 ${hour}:00:00 GMT` });
    const { url } = await serve(at(20), at(21));
    expect((await (await urlBytes(url)).read(1, 3)).length).toBe(3);
  });

  test('another range than was asked for', async () => {
    const { url } = await serve(ranges(file), (request, response) => ranges(file)(request, response, [5, 8]));
    expect(await failure((await urlBytes(url)).read(4, 4))).toBe(
      `urlBytes: ${url}: asked for bytes 4 to 7, the server sent 5 to 8`,
    );
  });

  test('a body that is longer or shorter than its range, or breaks off', async () => {
    const body =
      (length: number): Answer =>
      (_, response, [first, last]) =>
        void response.writeHead(206, { 'Content-Range': `bytes ${first}-${last}/1000` }).end(Buffer.alloc(length));
    for (const length of [0, 9, 11]) {
      const { url } = await serve(ranges(file), body(length));
      expect(await failure((await urlBytes(url)).read(4, 10))).toBe(
        `urlBytes: ${url}: asked for 10 bytes from 4 on, the answer has ${length}`,
      );
    }
    const { url } = await serve(ranges(file), (_, response, [first, last]) => {
      response.writeHead(206, { 'Content-Range': `bytes ${first}-${last}/1000`, 'Content-Length': 10 });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await failure((await urlBytes(url)).read(4, 10))).toMatch(new RegExp(`^urlBytes: ${url} did not come: `));
  });
});

describe('urlBytes can be ended', () => {
  const silent: Answer = () => {};

  test('by the signal of a read, with its reason, and reads on', async () => {
    const { url } = await serve(ranges(file), silent, ranges(file));
    const bytes = await urlBytes(url);
    const controller = new AbortController();
    const reading = failure(bytes.read(0, 10, controller.signal));
    setTimeout(() => controller.abort(new Error('enough')), 20);
    expect(await reading).toBe('enough');
    expect((await bytes.read(0, 10)).length).toBe(10);
  });

  test('by its own signal, also while it is opened, and by close', async () => {
    const { url } = await serve(silent);
    expect(await failure(urlBytes(url, { signal: AbortSignal.abort(new Error('at once')) }))).toBe('at once');
    const controller = new AbortController();
    const opening = failure(urlBytes(url, { signal: controller.signal }));
    setTimeout(() => controller.abort(new Error('later')), 20);
    expect(await opening).toBe('later');

    const { url: other } = await serve(ranges(file), silent);
    const bytes = await urlBytes(other);
    const reading = failure(bytes.read(0, 10));
    await bytes.close();
    await bytes.close();
    expect(await reading).toBe(`urlBytes: ${other} has been closed`);
    expect(await failure(bytes.read(0, 10))).toBe(`urlBytes: ${other} has been closed`);
  });
});
