const digits = (steps: number) => String(steps).padStart(12, '0');

export const lastName = (steps: number) => `step-${digits(steps)}.safetensors`;
export const bestName = (steps: number) => `best-${digits(steps)}.safetensors`;

/** Checkpoints among other files, the newest first. */
export const lastOf = (names: readonly string[]) => newest(names, /^step-\d+\.safetensors$/);
export const bestOf = (names: readonly string[]) => newest(names, /^best-\d+\.safetensors$/);

function newest(names: readonly string[], pattern: RegExp): string[] {
  return names
    .filter(name => pattern.test(name))
    .sort()
    .reverse();
}
