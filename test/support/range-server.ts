import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

/** How a request for the bytes `first` to `last` is answered. */
export type Answer = (request: IncomingMessage, response: ServerResponse, range: [number, number]) => void;

/** Ranges as RFC 9110 has them, for one range with both ends. */
export const ranges =
  (bytes: Uint8Array, more: Record<string, string> = {}): Answer =>
  (_, response, [first, last]) => {
    if (first >= bytes.length) {
      response.writeHead(416, { 'Content-Range': `bytes */${bytes.length}` }).end();
      return;
    }
    const end = Math.min(last, bytes.length - 1);
    const length = end - first + 1;
    const headers = { 'Content-Range': `bytes ${first}-${end}/${bytes.length}`, 'Content-Length': length, ...more };
    response.writeHead(206, headers).end(bytes.subarray(first, end + 1));
  };

const servers: Server[] = [];

/** A server on this machine; each request is answered by the next of these, the last one again and again. */
export async function serve(...answers: Answer[]): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    requests.push(request);
    const answer = answers[Math.min(requests.length, answers.length) - 1]!;
    answer(request, response, [Number(first), Number(last)]);
  });
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/rows`, requests };
}

/** Ends what `serve` started, after each test of the file that calls this. */
export function closeServers(): void {
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
}
