import { describeShape } from '../ops/shape';
import type { Family } from './family';

type Shape = readonly (number | null)[];

/**
 * The event that the outputs of a network are the raw parameters of: `parameters` of the family, searched backwards.
 *
 * @param outputShapes Without the batch axis: one output for each parameter, or one whose last axis holds all of them.
 * @returns The `[…event]` of the distribution.
 * @throws When these are not the parameters of any event; the message begins with `owner`.
 */
export function eventShapeOf(owner: string, family: Family, outputShapes: readonly Shape[]): Shape {
  const [first] = outputShapes as [Shape];
  const outer = first.slice(0, -1);
  const isAligned = outputShapes.every(shape => String(shape.slice(0, -1)) === String(outer));
  const widths = outputShapes.map(shape => shape.at(-1) ?? null);
  const size = isAligned ? sizeThatTakes(widths, family) : undefined;
  if (size === undefined) throw new Error(`${owner}: ${mismatch(outputShapes, family)}`);
  return size === null ? first : [...outer, size];
}

/** The size of the event's last axis whose parameters are as wide as these outputs; null stands for any size. */
function sizeThatTakes(widths: readonly (number | null)[], family: Family): number | null | undefined {
  const isTaken = (size: number) => {
    const needed = widths.length === 1 ? [totalSize(family, size)] : Object.values(family.parameters(size));
    return needed.length === widths.length && widths.every((width, i) => needed[i] === (width ?? size));
  };
  // Where the axis is free, each element must take one number for each parameter, whatever the size is.
  if (widths.includes(null)) return isTaken(1) && isTaken(2) ? null : undefined;
  const [first] = widths as [number];
  // Most families take the same numbers for every element; the others are searched.
  const guess = widths.length === 1 ? first / totalSize(family, 1) : first;
  if (Number.isInteger(guess) && isTaken(guess)) return guess;
  for (let size = 1; size <= Math.max(...(widths as number[])); size++) if (isTaken(size)) return size;
  return undefined;
}

/** Raw numbers of all parameters together, for an event whose last axis has this size. */
export function totalSize(family: Family, size: number): number {
  return Object.values(family.parameters(size)).reduce((sum, one) => sum + one, 0);
}

function mismatch(outputShapes: readonly Shape[], family: Family): string {
  const names = Object.keys(family.parameters(1));
  const got = outputShapes.map(describeShape).join(' and ');
  if (outputShapes.length === 1) {
    return `the last axis of the network holds ${listed(names)}, so its size must be ${wantedSizes(family)}, got ${got}`;
  }
  if (outputShapes.length !== names.length) {
    const alternative = names.length === 1 ? `the ${names[0]}` : `or one for each of ${listed(names)}`;
    return `network must have one output, ${alternative}, got ${outputShapes.length}`;
  }
  const sizes = Object.values(family.parameters(outputShapes[0]!.at(-1) ?? 1));
  if (isUniform(family, 1) && isUniform(family, 2)) {
    return `${listed(names)} of the network must have one shape, got ${got}`;
  }
  return `${listed(names)} of the network must have sizes such as ${listed(sizes)} along the last axis, got ${got}`;
}

/** Whether each parameter takes as many numbers as the others for this size. */
function isUniform(family: Family, size: number): boolean {
  return new Set(Object.values(family.parameters(size))).size === 1;
}

function wantedSizes(family: Family): string {
  const sizes = [1, 2, 3].map(size => totalSize(family, size));
  const [one, two, three] = sizes as [number, number, number];
  // A family of one size alone takes nothing of any other.
  const only = sizes.filter(size => size > 0);
  if (only.length === 1) return `${only[0]}`;
  if (two !== 2 * one || three !== 3 * one) return `one of ${one}, ${two}, ${three}, …`;
  return one === 2 ? 'even' : `a multiple of ${one}`;
}

/** `a, b and c`. */
function listed(items: readonly (string | number)[]): string {
  return items.join(', ').replace(/, ([^,]*)$/, ' and $1');
}
