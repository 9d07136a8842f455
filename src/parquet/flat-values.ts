import type { ColumnMetaData, SchemaTree } from 'hyparquet';
import type { Compressors } from './options';

/** The parts of hyparquet that read a page, before its lists are put together. */
export type Pages = Pick<typeof import('hyparquet/src/column.js'), 'parquetHeader' | 'readPage'> &
  Pick<typeof import('hyparquet/src/datapage.js'), 'decompressPage' | 'readDataPage' | 'readDataPageV2'> &
  Pick<typeof import('hyparquet/src/convert.js'), 'convert' | 'convertWithDictionary'>;

type Decoder = Parameters<Pages['readPage']>[2];
type Reader = Parameters<Pages['readPage']>[0];
type Values = ReturnType<Pages['convert']>;

/** Undefined in a release of hyparquet that lacks one of them: what is documented is used then, and takes longer. */
export async function loadPages(): Promise<Pages | undefined> {
  try {
    const [column, datapage, convert] = await Promise.all([
      import('hyparquet/src/column.js'),
      import('hyparquet/src/datapage.js'),
      import('hyparquet/src/convert.js'),
    ]);
    return { ...column, ...datapage, ...convert };
  } catch {
    return undefined;
  }
}

/** Where a column lies, and how it is read. */
export type Chunk = { meta: ColumnMetaData; view: DataView; schema: SchemaTree };

/**
 * The values of a column of numbers, or of lists of them, one after the other: without an array for each list, and
 * without a step for each value, which cost more than all else.
 *
 * @param lengths The length of the lists of each level; none for numbers.
 * @returns Undefined where a value is missing, a list has another length, or anything else is not as it should be: the
 * longer way then says what is wrong.
 */
export function flatValues(
  pages: Pages,
  { meta, view, schema }: Chunk,
  lengths: readonly number[],
  compressors: Compressors,
): Values[] | undefined {
  const schemaPath = pathTo(schema, meta.path_in_schema);
  if (!schemaPath) return undefined;
  const decoder: Decoder = {
    ...meta,
    pathInSchema: meta.path_in_schema,
    element: schemaPath.at(-1)!.element,
    schemaPath,
    compressors,
    parsers: {} as Decoder['parsers'],
    utf8: false,
  };
  const expected = levelsOf(lengths);
  const reader = { view, offset: 0 };
  const chunks: Values[] = [];
  let dictionary: Values | undefined;
  let place = 0;
  try {
    while (reader.offset < view.byteLength) {
      const header = pages.parquetHeader(reader);
      if (header.type === 'DICTIONARY_PAGE') {
        const { data } = pages.readPage(reader, header, decoder, undefined, undefined, 0);
        dictionary = data && pages.convert(data, decoder);
        continue;
      }
      const { values, levels, encoding } = readValues(pages, reader, header, decoder);
      if (levels.length !== (lengths.length > 0 ? values.length : 0)) return undefined;
      if (!goesOn(levels, expected, place)) return undefined;
      place += values.length;
      chunks.push(pages.convertWithDictionary(values, dictionary, encoding, decoder));
    }
  } catch {
    return undefined;
  }
  return place === Number(meta.num_values) && place % expected.length === 0 ? chunks : undefined;
}

function readValues(pages: Pages, reader: Reader, header: ReturnType<Pages['parquetHeader']>, decoder: Decoder) {
  const { data_page_header: first, data_page_header_v2: second } = header;
  const start = reader.view.byteOffset + reader.offset;
  const bytes = new Uint8Array(reader.view.buffer, start, header.compressed_page_size);
  reader.offset += header.compressed_page_size;
  const whole = () =>
    pages.decompressPage(bytes, Number(header.uncompressed_page_size), decoder.codec, decoder.compressors);
  const page = first ? pages.readDataPage(whole(), first, decoder) : pages.readDataPageV2(bytes, header, decoder);
  const { num_values: count, encoding } = (first ?? second)!;
  if (page.dataPage.length !== count) throw new Error('a value is missing');
  return { values: page.dataPage, levels: page.repetitionLevels, encoding };
}

/** At which level of lists each value of a row begins a new one: 0 for the first, the depth within the innermost. */
function levelsOf(lengths: readonly number[]): Uint8Array {
  const levels = new Uint8Array(lengths.reduce((a, b) => a * b, 1)).fill(lengths.length);
  let size = 1;
  for (let level = lengths.length - 1; level >= 0; level--) {
    size *= lengths[level]!;
    for (let place = 0; place < levels.length; place += size) levels[place] = level;
  }
  return levels;
}

/** Whether these levels are the expected ones, again and again, from a place on. */
function goesOn(levels: readonly number[], expected: Uint8Array, place: number): boolean {
  let at = place % expected.length;
  for (let i = 0; i < levels.length; i++) {
    if (levels[i] !== expected[at]) return false;
    if (++at === expected.length) at = 0;
  }
  return true;
}

/** The schema from its root to a column. */
function pathTo(root: SchemaTree, names: readonly string[]): SchemaTree[] | undefined {
  const path = [root];
  for (const name of names) {
    const next = path.at(-1)!.children.find(({ element }) => element.name === name);
    if (!next) return undefined;
    path.push(next);
  }
  return path;
}
