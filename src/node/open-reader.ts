import type { ByteSource } from '../data/byte-source';
import type { OpenRowReader } from '../data/row-reader';
import { fileBytes } from './file-bytes';

/** A reader over files, none of which stays open when it cannot be made. */
export async function openReader(
  paths: readonly string[],
  make: (files: ByteSource[]) => OpenRowReader | Promise<OpenRowReader>,
): Promise<OpenRowReader> {
  const files: ByteSource[] = [];
  try {
    for (const path of paths) files.push(await fileBytes(path));
    return await make(files);
  } catch (error) {
    for (const file of files) await file.close?.();
    throw error;
  }
}
