/** What tells one version of a file on a server from another. */
export type FileVersion = {
  size: number;
  etag: string | null;
  modified: string | null;
};

/** A part of a file, both ends included, and the number of bytes of the whole. */
type Range = { first: number; last: number; size: number };

/**
 * Which part of the file an answer holds.
 *
 * @throws When it is not an answer to a request for a range.
 */
export function rangeOf(name: string, { status, statusText, headers }: Response): Range {
  if (status === 200) {
    throw new Error(
      `urlBytes: ${name}: the server has no ranges: asked for a part, it sends the whole file (HTTP 200); serve the file by one that has, or download it first`,
    );
  }
  if (status !== 206 && status !== 416) throw new Error(`urlBytes: ${name}: HTTP ${status} ${statusText}`.trim());
  const text = headers.get('Content-Range');
  if (text === null) {
    throw new Error(
      `urlBytes: ${name}: the answer does not say which range it holds; a server of another origin has to send Access-Control-Expose-Headers: Content-Range, ETag`,
    );
  }
  // `*/size` goes with 416: nothing of the range is there.
  const [, first = '0', last = '-1', size] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(text) ?? [];
  if (size === undefined) {
    const unknown = /\/\*$/.test(text);
    throw new Error(
      `urlBytes: ${name}: ${unknown ? 'the server does not know the length of the file' : 'the range cannot be read'} (Content-Range: ${text})`,
    );
  }
  return { first: Number(first), last: Number(last), size: Number(size) };
}

/** What an answer tells about the version of the file. */
export function versionOf({ headers }: Response): Omit<FileVersion, 'size'> {
  return { etag: headers.get('ETag'), modified: headers.get('Last-Modified') };
}

/**
 * Compares by size, and by the strongest mark that both answers have. `If-Range` would do the same, but a server answers
 * it with the whole of the changed file, and a page would have to ask for permission to send it.
 *
 * @throws When the file is not the one that was opened.
 */
export function checkSameVersion(name: string, opened: FileVersion, now: FileVersion): void {
  const differ = (key: keyof FileVersion) => opened[key] !== null && now[key] !== null && opened[key] !== now[key];
  const marked = opened.etag !== null && now.etag !== null;
  const key = (['size', marked ? 'etag' : 'modified'] as const).find(differ);
  if (!key) return;
  const what = { size: 'its size', etag: 'its ETag', modified: 'Last-Modified' }[key];
  throw new Error(
    `urlBytes: ${name} has changed since it was opened: ${what} was ${opened[key]} and is ${now[key]}; open it again`,
  );
}
