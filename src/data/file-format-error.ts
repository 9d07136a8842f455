/**
 * Bytes are not what they should be: the file is damaged, cut short, or of another kind.
 *
 * Every reader of file formats throws it, and nothing else, for bytes that it refuses; the message says what was wrong
 * and where. Where two copies of the library may meet, `error.name === 'FileFormatError'` holds across both.
 *
 * @example
 * ```ts
 * try {
 *   parseIdx(new Uint8Array([80, 75, 3, 4]));
 * } catch (error) {
 *   if (!(error instanceof FileFormatError)) throw error;
 *   const line = error.message; // parseIdx: not an idx file: expected it to begin with 0 0 <type> <rank>, got 80 75 3 4
 * }
 * ```
 */
export class FileFormatError extends Error {
  /** The same in every copy of the library. */
  override readonly name = 'FileFormatError';
}
