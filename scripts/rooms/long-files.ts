/** A longer file holds more than one concept. */
const MOST = 250;

/** Files of more lines than one concept needs, one line each. The index is a list of names. */
export function longFiles(files: Readonly<Record<string, string>>): string[] {
  return Object.entries(files).flatMap(([path, text]) => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    return lines > MOST && path !== 'index.ts'
      ? [`${path} has ${lines} lines, ${MOST} are the most: split it by concept`]
      : [];
  });
}
