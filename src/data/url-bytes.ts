import { checkKeys } from '../ops/check-keys';
import type { ByteSource } from './byte-source';
import { checkSameVersion, type FileVersion, rangeOf, versionOf } from './http-range';
import { joinSignals } from './join-signals';

/** What `urlBytes` takes beside the address. */
export type UrlBytesOptions = {
  /** What asks for a range; the platform's `fetch` unless given. One that tries again when a server is busy goes here. */
  fetch?: (
    url: string,
    init: {
      /** Those of `headers`, and `Range`. */
      headers: Record<string, string>;
      /** Aborted when nobody waits for the bytes any more. */
      signal: AbortSignal;
    },
  ) => Promise<Response>;
  /** Sent along with each request: `{ Authorization: … }`, for example. */
  headers?: Readonly<Record<string, string>>;
  /** Ends all reads, and refuses further ones. */
  signal?: AbortSignal;
};

/**
 * A file on a web server as a source of bytes, for `rawRows`, `idxRows`, `safetensorsRows` and `parquetRows`: each read
 * is one request for a range, and the file is never fetched as a whole.
 *
 * Each answer is checked: its status, its range and length, and by ETag, Last-Modified and size that the file is still
 * the one that was opened. Nothing is cached and nothing is tried again. A read within small rows costs a request for
 * each stretch of rows, so files of small rows are better read in blocks, as Parquet is. In a page, a server of another
 * origin has to send `Access-Control-Expose-Headers: Content-Range, ETag`.
 *
 * @param url The address; errors name it without what follows a `?`.
 * @param options Headers, `fetch`, an abort signal.
 * @returns A source; `close()` ends its reads.
 * @throws When the server has no ranges, does not tell the length, or cannot be reached; a read throws when the file has
 * changed or the answer is not what was asked for.
 * @example
 * ```ts
 * const file = new Uint8Array([1, 2, 3]); // stands for what a server has
 * const server = async (_: string, { headers }: { headers: Record<string, string> }) => {
 *   const [from, to] = headers['Range']!.slice('bytes='.length).split('-').map(Number);
 *   const range = { 'Content-Range': `bytes ${from}-${to}/${file.length}` };
 *   return new Response(file.slice(from, to! + 1), { status: 206, headers: range });
 * };
 * const bytes = await urlBytes('https://example.org/rows.raw', { fetch: server });
 * console.log(bytes.size, await bytes.read(1, 2)); // 3, [2, 3]
 * ```
 */
export async function urlBytes(url: string | URL, options: UrlBytesOptions = {}): Promise<Required<ByteSource>> {
  checkKeys('urlBytes', options, ['fetch', 'headers', 'signal']);
  const { headers = {} } = options;
  const own = Object.keys(headers).find(key => key.toLowerCase() === 'range');
  if (own) throw new Error(`urlBytes: headers must not hold ${own}, which each read sets`);
  const ending = new AbortController();
  const address = String(url);
  const name = address.replace(/[?#].*$/, '');

  /** Bytes `first` to `last` of the file as the server has it now. */
  const ask = async (first: number, last: number, read?: AbortSignal) => {
    const { signal, release } = joinSignals([options.signal, ending.signal, read]);
    try {
      signal.throwIfAborted();
      const { fetch = globalThis.fetch } = options;
      const response = await fetch(address, { headers: { ...headers, Range: `bytes=${first}-${last}` }, signal });
      if (response.status !== 206) void response.body?.cancel().catch(() => {});
      const range = rangeOf(name, response);
      const version: FileVersion = { size: range.size, ...versionOf(response) };
      return { ...range, version, bytes: response.status === 206 ? await response.arrayBuffer() : new ArrayBuffer(0) };
    } catch (cause) {
      signal.throwIfAborted();
      throw named(name, cause);
    } finally {
      release();
    }
  };

  const opened = (await ask(0, 0)).version;
  return {
    name,
    size: opened.size,
    async read(offset, length, signal) {
      const last = Math.min(offset + length, opened.size) - 1;
      if (last < offset) return new Uint8Array();
      const answer = await ask(offset, last, signal);
      checkSameVersion(name, opened, answer.version);
      if (answer.first !== offset || answer.last !== last) {
        throw new Error(
          `urlBytes: ${name}: asked for bytes ${offset} to ${last}, the server sent ${answer.first} to ${answer.last}`,
        );
      }
      if (answer.bytes.byteLength !== last - offset + 1) {
        throw new Error(
          `urlBytes: ${name}: asked for ${last - offset + 1} bytes from ${offset} on, the answer has ${answer.bytes.byteLength}`,
        );
      }
      return new Uint8Array(answer.bytes);
    },
    async close() {
      ending.abort(new Error(`urlBytes: ${name} has been closed`));
    },
  };
}

/** An error of the network says little: "fetch failed", with the reason as its cause, or "terminated". */
function named(name: string, error: unknown): Error {
  if (error instanceof Error && error.message.startsWith('urlBytes: ')) return error;
  const { message = String(error), cause } = error as Partial<Error>;
  const why = cause instanceof Error ? `${message} (${cause.message})` : message;
  return new Error(`urlBytes: ${name} did not come: ${why}`, { cause: error });
}
