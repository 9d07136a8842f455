import { FileFormatError } from '../data/file-format-error';
import { elementCount, STORED_DTYPES, type StoredDtype } from './dtypes';
import { HeaderCursor, quoted } from './header-cursor';

/** Where a tensor lies: offsets count from the first byte after the header. */
export type TensorEntry = {
  name: string;
  stored: StoredDtype;
  shape: number[];
  count: number;
  begin: number;
  end: number;
};

/** What a header says. */
export type SafetensorsHeader = {
  entries: TensorEntry[];
  metadata: Map<string, string>;
  /** The file's first byte of data. */
  dataStart: number;
};

/** The largest header that the reference implementation reads. */
export const MAX_HEADER_BYTES = 100_000_000;
/** The only key of the header that does not name a tensor. */
export const METADATA_KEY = '__metadata__';

/**
 * The header of a safetensors file, checked against itself and against the number of data bytes that follow it.
 *
 * @param head The file, or its first bytes as far as the header goes.
 * @param fileBytes The size of the whole file.
 * @throws FileFormatError
 */
export function readHeader(head: Uint8Array, fileBytes = head.length): SafetensorsHeader {
  const dataStart = 8 + headerBytes(head, fileBytes);
  const { entries, metadata } = parse(text(head.subarray(8, dataStart)));
  checkCover(entries, fileBytes - dataStart);
  return { entries, metadata, dataStart };
}

function headerBytes(head: Uint8Array, fileBytes: number): number {
  if (fileBytes < 8) refuse(`a file begins with 8 bytes that give the header's length, got ${fileBytes} in all`);
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    refuse(`not a safetensors file, or a damaged one: a header of ${length} bytes is beyond ${MAX_HEADER_BYTES}`);
  }
  if (length > fileBytes - 8) refuse(`a header of ${length} bytes does not fit a file of ${fileBytes}: it is cut`);
  return Number(length);
}

function text(header: Uint8Array): string {
  const first = header[0];
  if (first !== 0x7b) refuse(`the header begins with {, got ${first === undefined ? 'nothing' : `byte ${first}`}`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(header);
  } catch (cause) {
    throw new FileFormatError('readSafetensors: the header is not UTF-8', { cause });
  }
}

function parse(json: string): { entries: TensorEntry[]; metadata: Map<string, string> } {
  const entries: TensorEntry[] = [];
  const metadata = new Map<string, string>();
  const cursor = new HeaderCursor(json);
  cursor.object(name => {
    if (name === METADATA_KEY) cursor.object(key => metadata.set(key, cursor.string()));
    else cursor.within(name, () => entries.push(parseEntry(cursor, name)));
  });
  cursor.end();
  return { entries, metadata };
}

function parseEntry(cursor: HeaderCursor, name: string): TensorEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  cursor.object(key => {
    if (key === 'dtype') dtype = cursor.string();
    else if (key === 'shape') shape = cursor.integers();
    else if (key === 'data_offsets') offsets = cursor.integers();
    else cursor.fail(`a tensor has dtype, shape and data_offsets, got ${quoted(key)}`);
  });
  if (dtype === undefined || !shape || !offsets) return cursor.fail('dtype, shape or data_offsets is missing');
  const stored = STORED_DTYPES.get(dtype);
  if (!stored) {
    return cursor.fail(
      `the dtype ${quoted(dtype)} is not read: expected one of ${[...STORED_DTYPES.keys()].join(' ')}`,
    );
  }
  const [begin, end] = offsets;
  if (offsets.length !== 2 || begin! > end!) {
    return cursor.fail(`data_offsets are [begin, end] with begin ≤ end, got [${offsets.slice(0, 4)}]`);
  }
  const count = elementCount(shape);
  if (count === undefined) return cursor.fail(`the shape [${shape.slice(0, 8)}] has more than 2^53 − 1 elements`);
  if (end! - begin! !== count * stored.bytes) {
    const announced = `[${shape.slice(0, 8)}] of ${dtype} takes ${count * stored.bytes} bytes`;
    return cursor.fail(`${announced}, but data_offsets [${offsets}] leave ${end! - begin!}`);
  }
  return { name, stored, shape, count, begin: begin!, end: end! };
}

/** Tensors have to follow one another without holes or overlaps, from the first byte of data to the last. */
function checkCover(entries: readonly TensorEntry[], dataBytes: number): void {
  let reached = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== reached) {
      const kind = begin < reached ? 'overlaps the tensor before it' : 'leaves a hole before it';
      refuse(`tensor ${quoted(name)}: data_offsets [${begin},${end}] ${kind}, which ends at ${reached}`);
    }
    if (end > dataBytes) {
      refuse(`tensor ${quoted(name)}: data_offsets [${begin},${end}] end beyond the file's ${dataBytes} bytes of data`);
    }
    reached = end;
  }
  if (reached !== dataBytes) {
    refuse(`the tensors cover ${reached} bytes of data, but the file has ${dataBytes}: the rest belongs to none`);
  }
}

function refuse(what: string): never {
  throw new FileFormatError(`readSafetensors: ${what}`);
}
