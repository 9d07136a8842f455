import { posix } from 'node:path';
import ts from 'typescript';

/**
 * The rooms of `src` from the ground up. A file imports from its own room and from those before it, in types too.
 *
 * `linalg` is first, since it imports nothing. `backends` stands before `evaluation`, which prepares the backend before
 * it goes through data.
 */
const ROOMS = [
  'linalg',
  'ops',
  'random',
  'schedules',
  'data',
  'variables',
  'distributions',
  'flows',
  'families',
  'losses',
  'layers',
  'quantizers',
  'models',
  'objectives',
  'latent',
  'backends',
  'evaluation',
  'io',
  'optimizers',
  'training',
  'datasets',
];

/** What users import. These see every room, and no file imports from them, not even one entry from another. */
const ENTRIES = ['node', 'web', 'parquet', 'index.ts'];

/**
 * The imports that break the order of the rooms, one line each.
 *
 * @param files Source texts by their path within `src`, such as `ops/tidy.ts`.
 */
export function wrongImports(files: Readonly<Record<string, string>>): string[] {
  return Object.entries(files).flatMap(([path, text]) => {
    const from = roomOf(path);
    const place = ROOMS.indexOf(from);
    if (place < 0 && !ENTRIES.includes(from)) {
      return [`${path}: '${from}' is not a room; add it to the list in scripts/rooms/wrong-imports.ts, in its place`];
    }
    return importsOf(path, text).flatMap(target => {
      const to = roomOf(target);
      if (to === from) return [];
      if (ENTRIES.includes(to)) return [`${path} imports ${target}: no room imports from '${to}', which users import`];
      return place < 0 || ROOMS.indexOf(to) < place
        ? []
        : [`${path} imports ${target}: '${to}' stands after '${from}' in the order of the rooms`];
    });
  });
}

/** Paths within `src` of the modules that a file imports, at once or later, for values or types. */
function importsOf(path: string, text: string): string[] {
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => posix.join(posix.dirname(path), fileName));
}

function roomOf(path: string): string {
  const [room, below] = path.split('/');
  // As an import names it, without the ending.
  return below === undefined && room === 'index' ? 'index.ts' : room!;
}
