/** What to do about missing values. */
export function describeNulls(owner: string, what: string): string {
  return `${owner} holds ${what}, and a batch takes numbers alone: fill them when the file is written, and write a mask beside them`;
}
