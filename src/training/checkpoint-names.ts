const digits = (steps: number) => String(steps).padStart(12, '0');

export const lastName = (steps: number) => `step-${digits(steps)}.safetensors`;
export const bestName = (steps: number) => `best-${digits(steps)}.safetensors`;

/** The checkpoints among other files, the one with the most steps first. */
export const lastOf = (names: readonly string[]) => newest(names, 'step');
export const bestOf = (names: readonly string[]) => newest(names, 'best');

/** The number in the name of a checkpoint. */
export function stepsIn(name: string): number {
  return Number(/^(?:step|best)-(\d+)\.safetensors$/.exec(name)![1]);
}

function newest(names: readonly string[], kind: string): string[] {
  return names
    .filter(name => /^(step|best)-\d+\.safetensors$/.test(name) && name.startsWith(kind))
    .sort((a, b) => stepsIn(b) - stepsIn(a));
}
